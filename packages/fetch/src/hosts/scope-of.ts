import { parseSigningScope } from "@countersign/signer/endpoints";

let last = "";
let scope: ReturnType<typeof parseSigningScope>;

/** The region and service of a URL's host. The last result is cached: a program calls the same host many times. */
export function scopeOf(url: URL): ReturnType<typeof parseSigningScope> {
  const { host, protocol } = url;
  const origin = protocol + host;
  if (origin !== last) scope = parseSigningScope(url);
  last = origin;
  return scope;
}
