import { canonicalMethod } from "./canonical-request.ts";
import { readHeaders } from "./canonical-headers.ts";
import type { Body, HeadersInput, PayloadMode, SignableRequest } from "./request.ts";
import { partsOf, type Signer } from "./signer.ts";

/** What the requests of one kind have in common. */
export interface RequestTemplate {
  /** Default: `GET`. */
  readonly method?: string | undefined;
  readonly url: string | URL;
  readonly headers?: HeadersInput | undefined;
  /** Default: `hash`. */
  readonly payload?: PayloadMode | undefined;
}

/** Signs requests that differ in body and some headers only. Made by `prepare`. */
export interface PreparedRequest {
  readonly method: string;
  /** As it must be sent. */
  readonly url: string;
  /**
   * Signs one request and returns all headers to send. `headers` are added to those of the template, or replace them,
   * and are signed under the same rule.
   */
  sign(body?: Body, headers?: Record<string, string>): Promise<Record<string, string>>;
  /** The same with the credentials at hand. @throws SignerError `CREDENTIALS_NOT_READY` when there are none. */
  signSync(body?: Body, headers?: Record<string, string>): Record<string, string>;
}

/**
 * Prepares requests that differ in little: what they have in common is checked once and, where Node signs, worked out
 * once for each second. This is the smallest form, for browsers.
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
export function prepare(
  signer: Signer,
  { method: verb, url: given, headers, payload }: RequestTemplate,
): PreparedRequest {
  const { url } = partsOf(signer).targetOf(given);
  const method = canonicalMethod(verb);
  const common = readHeaders(headers);
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
    sign: async (body, more) => (await signer.sign(request(body, more))).headers,
    signSync: (body, more) => signer.signSync(request(body, more)).headers,
  };
}
