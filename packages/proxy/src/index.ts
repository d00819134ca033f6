export type { ProxyClient } from "./client/client.ts";
export { issueKey, type PlaceholderKey } from "./client/issue-key.ts";
export { createProxy, type Proxy } from "./create-proxy.ts";
export { ProxyError, type ProxyErrorCode } from "./error.ts";
export type { Allowance } from "./judge/allowance.ts";
export type { AuditRecord } from "./observe/audit.ts";
export type { ProxyOptions } from "./options.ts";
export type { Listening, ListenOptions } from "./server/listen.ts";
