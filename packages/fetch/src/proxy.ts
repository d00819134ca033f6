export { createProxyHandler } from "./proxy/create-proxy-handler.ts";
export type { ProxyOptions, ProxyRule } from "./proxy/options.ts";
