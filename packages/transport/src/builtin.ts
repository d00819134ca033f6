/**
 * Node's modules as their own objects. An `import` of such a module evaluates all of its getters, and so loads
 * WebCrypto (`crypto`), promises (`dns`), every root certificate (`tls`) and a WebSocket (`http`).
 */
export const crypto: typeof import("node:crypto") = process.getBuiltinModule("node:crypto");
export const dns: typeof import("node:dns") = process.getBuiltinModule("node:dns");
export const http: typeof import("node:http") = process.getBuiltinModule("node:http");
export const https: typeof import("node:https") = process.getBuiltinModule("node:https");
export const net: typeof import("node:net") = process.getBuiltinModule("node:net");
export const tls: typeof import("node:tls") = process.getBuiltinModule("node:tls");
