import type { HttpHandler } from "@countersign/transport";

/** Off Node the SDK's own handler sends. The platform does TLS there and tells nothing about it. */
export const defaultHandler: (() => HttpHandler) | undefined = undefined;
