import type { HttpHandler } from "@countersign/transport";

/** Off Node the SDK's own handler sends. There the platform makes the TLS connection and reports nothing about it. */
export const defaultHandler: (() => HttpHandler) | undefined = undefined;
