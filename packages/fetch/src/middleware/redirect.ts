import { callable, checkOptions, clockShape, optional, type Shapes } from "@countersign/signer/options";
import { redirecting } from "#platform/redirecting";
import { bytes } from "../call/max-bytes.ts";
import { refuseOption } from "../errors/fetch-error.ts";
import type { Middleware } from "./middleware.ts";
import type { RedirectOptions } from "./redirect-options.ts";
import { middlewareOf } from "./step.ts";

const shapes: Shapes<RedirectOptions> = {
  gate: optional(callable),
  maxBufferBytes: bytes,
  clock: clockShape,
  onEvent: optional(callable),
};

/**
 * Follows a redirect by signing the request anew for its target, if the target may be sent credentials; refuses it
 * otherwise. In a browser it refuses every redirect, because a page cannot see where a redirect leads.
 *
 * A signature, a session token or a body is never sent to a host that only a `Location` header names. With the caller's
 * `redirect: "manual"` the answer is returned as it is; `"error"` refuses every redirect.
 *
 * @throws FetchError `INVALID_OPTION` at once; `REDIRECT_REFUSED` from the call.
 */
export function resigningRedirects(options: RedirectOptions): Middleware {
  const checked = checkOptions(options, shapes, refuseOption);
  return middlewareOf(redirecting(checked), checked.maxBufferBytes);
}
