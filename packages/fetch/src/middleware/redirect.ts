import type { Clock, EventListener } from "@countersign/signer";
import { redirecting } from "#platform/redirecting";
import type { HostGate } from "../hosts/host-gate.ts";
import { type Middleware, middlewareOf } from "./middleware.ts";

/** What decides about redirects. */
export interface RedirectOptions {
  /** Throws for a target that must not be sent credentials. Absent: no redirect is followed. */
  readonly gate?: HostGate | undefined;
  readonly maxBufferBytes?: number | undefined;
  readonly clock: Clock;
  /** Receives `redirect.refused`. */
  readonly onEvent?: EventListener | undefined;
}

/**
 * Follows a redirect by signing the request anew for its target, if that may be sent credentials; refuses it otherwise,
 * and in a browser always: there nobody is shown where it leads.
 *
 * A signature, a session token or a body never goes to a host that merely a `Location` names. `redirect: "manual"`
 * of the caller gives the answer back as it is; `"error"` refuses every redirect.
 *
 * @throws FetchError `REDIRECT_REFUSED`.
 */
export function resigningRedirects(options: RedirectOptions): Middleware {
  return middlewareOf(redirecting(options), options.maxBufferBytes);
}
