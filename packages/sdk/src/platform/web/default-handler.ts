import type { HttpHandler } from "@countersign/transport";

/** Off Node the SDK's own handler sends: there TLS is the platform's, and cannot be asked. */
export const defaultHandler: (() => HttpHandler) | undefined = undefined;
