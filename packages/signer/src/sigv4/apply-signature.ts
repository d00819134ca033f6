import { readHeaders } from "./canonical-headers.ts";
import { canonicalMethod } from "./canonical-request.ts";
import { readRequest } from "./read-request.ts";
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
  const { method, url, headers, body } = readRequest(request);
  return {
    method: canonicalMethod(method),
    url: String(url),
    headers: { ...readHeaders(headers), ...signature?.headers },
    ...(body !== undefined && { body }),
  };
}
