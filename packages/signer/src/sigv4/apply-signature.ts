import { readHeaders } from "./canonical-headers.ts";
import { canonicalMethod } from "./canonical-request.ts";
import type { SignableRequest, SignedRequest } from "./request.ts";
import type { Signature } from "./signature.ts";

/**
 * Puts a signature into its request.
 *
 * @throws SignerError as `signRequest` does for the same request.
 *
 * @example
 * const { method, url, headers, body } = applySignature(request, signRequest(request, context));
 * const response = await fetch(url, { method, headers, body });
 */
export function applySignature(request: SignableRequest, signature: Pick<Signature, "headers">): SignedRequest {
  return {
    method: canonicalMethod(request.method),
    url: String(request.url),
    headers: { ...readHeaders(request.headers), ...signature.headers },
    ...(request.body !== undefined && { body: request.body }),
  };
}
