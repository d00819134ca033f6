import { readHeaders } from "./canonical-headers.ts";
import { canonicalMethod } from "./canonical-request.ts";
import { readRequest } from "./read-request.ts";
import { payloadLine } from "./payload-line.ts";
import { standardUrl } from "./request-target.ts";
import { refuseOption } from "../errors/refuse.ts";
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
  const { method, url, headers, body, payload } = readRequest(request);
  standardUrl(url);
  payloadLine(body, payload, () => "");
  const added = (Object(signature) as Partial<Signature>).headers;
  if (typeof added?.["authorization"] !== "string") refuseOption("signature: must be from signRequest", "signature");
  return {
    method: canonicalMethod(method),
    url,
    headers: { ...readHeaders(headers), ...added },
    ...(body !== undefined && { body }),
  };
}
