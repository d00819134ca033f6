import { CountersignError } from "@countersign/signer";

/** Everything the proxy refuses when it is made, by code. Refusals of requests are answers, not errors. */
export type ProxyErrorCode = "INVALID_OPTION" | "LISTEN_FAILED";

/** Thrown by `@countersign/proxy` when its options are wrong or it cannot listen. */
export class ProxyError extends CountersignError<ProxyErrorCode> {
  static override readonly name: string = "ProxyError";
}

/** Throws a `ProxyError`. @param message field, limit, and what to do; never a secret. */
export function refuseOption(message: string): never {
  throw new ProxyError("INVALID_OPTION", message);
}
