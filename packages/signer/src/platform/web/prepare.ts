import { canonicalMethod } from "../../sigv4/canonical-request.ts";
import { readHeaders } from "../../sigv4/canonical-headers.ts";
import type { Body, SignableRequest, SignedBy, SignedRequest } from "../../sigv4/request.ts";
import { callable, optional } from "../../errors/check-options.ts";
import { refuseOption } from "../../errors/refuse.ts";
import { payloadHash } from "../../sigv4/payload-hash.ts";
import { internalsOf, type Signer } from "../../signer/signer.ts";
import { readRequest } from "../../sigv4/read-request.ts";
import type { PreparedRequest, RequestTemplate } from "../../signer/prepared-request.ts";

/**
 * Prepares requests that differ in little. What they have in common is checked once and, on Node, computed once a
 * second. This is the smallest form, for browsers.
 *
 * @throws SignerError as `signRequest` does for the template.
 *
 * @example
 * const invoke = prepare(signer, {
 *   method: "POST",
 *   url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations",
 *   headers: { "content-type": "application/json" },
 * });
 * const body = JSON.stringify({ inputs: "hello" });
 * const response = await fetch(invoke.url, { method: invoke.method, headers: await invoke.sign(body), body });
 */
export function prepare(signer: Signer, template: RequestTemplate): PreparedRequest {
  const { method: verb, url: given, headers, payload } = readRequest(template);
  const { url } = internalsOf(signer).headCache.targetOf(given);
  const method = canonicalMethod(verb);
  const common = readHeaders(headers);
  payloadHash("", payload);
  const request = (body?: Body, more?: Record<string, string>): SignableRequest => ({
    method,
    url,
    headers: { ...common, ...readHeaders(more) },
    body,
    payload,
  });
  return {
    method,
    url,
    async sign(body, more, signed) {
      optional(callable)(signed, "signed", refuseOption);
      return handOver(await signer.sign(request(body, more)), signed);
    },
    signSync(body, more, signed) {
      optional(callable)(signed, "signed", refuseOption);
      return handOver(signer.signSync(request(body, more)), signed);
    },
  };
}

/** Tells what made the signature. @returns the headers to send. */
function handOver(
  { headers, accessKeyId, signature }: SignedRequest & SignedBy,
  signed: ((by: SignedBy) => void) | undefined,
): Record<string, string> {
  signed?.({ accessKeyId, signature });
  return headers;
}
