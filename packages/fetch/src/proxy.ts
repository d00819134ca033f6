export { createProxyHandler, type ProxyOptions, type ProxyRule } from "./proxy/create-proxy-handler.ts";
