/**
 * Node's modules as their own objects. An `import` of such a module evaluates all of its getters, and so loads
 * WebCrypto (`crypto`), promises (`dns`), every root certificate (`tls`), a WebSocket (`http`) and file streams (`fs`).
 */
export const asyncHooks: typeof import("node:async_hooks") = process.getBuiltinModule("node:async_hooks");
export const crypto: typeof import("node:crypto") = process.getBuiltinModule("node:crypto");
export const dns: typeof import("node:dns") = process.getBuiltinModule("node:dns");
export const events: typeof import("node:events") = process.getBuiltinModule("node:events");
export const fs: typeof import("node:fs") = process.getBuiltinModule("node:fs");
export const http: typeof import("node:http") = process.getBuiltinModule("node:http");
export const https: typeof import("node:https") = process.getBuiltinModule("node:https");
export const net: typeof import("node:net") = process.getBuiltinModule("node:net");
export const path: typeof import("node:path") = process.getBuiltinModule("node:path");
export const stream: typeof import("node:stream") = process.getBuiltinModule("node:stream");
export const tls: typeof import("node:tls") = process.getBuiltinModule("node:tls");
