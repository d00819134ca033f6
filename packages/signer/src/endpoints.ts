export type { Endpoint, EndpointKind, EndpointOptions, EndpointRequest } from "./endpoints/endpoint.ts";
export { endpointOptionsFromEnv } from "./endpoints/endpoint-options-from-env.ts";
export { isLoopbackHost } from "./endpoints/loopback.ts";
export { parseEndpoint } from "./endpoints/parse-endpoint.ts";
export { parseSigningScope } from "./endpoints/parse-signing-scope.ts";
export { hostSuffix } from "./endpoints/host-suffix.ts";
export { resolveEndpoint, resolveUrl } from "./endpoints/resolve-endpoint.ts";
