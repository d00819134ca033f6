import type { Signer } from "@countersign/signer";

/** A request that is signed again and again with another body. */
export interface PreparedRequest {
  readonly url: string;
  signSync(body: string | Uint8Array, headers?: Record<string, string>): Record<string, string>;
}

/** Makes one of a signer and what stays the same. */
export function prepare(
  signer: Signer,
  template: { readonly method: string; readonly url: string; readonly headers: Record<string, string> },
): PreparedRequest {
  const { method, url } = template;
  return {
    url,
    signSync: (body, headers) =>
      signer.signSync({ method, url, headers: { ...template.headers, ...headers }, body }).headers,
  };
}
