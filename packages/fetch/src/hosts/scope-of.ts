import { parseSigningScope } from "@countersign/signer/endpoints";

let last = "";
let scope: ReturnType<typeof parseSigningScope>;

/** What to sign for at a URL's host. Remembered for the last one: a program calls the same host many times. */
export function scopeOf(url: URL): ReturnType<typeof parseSigningScope> {
  const { host, protocol } = url;
  const origin = protocol + host;
  if (origin !== last) scope = parseSigningScope(url);
  last = origin;
  return scope;
}
