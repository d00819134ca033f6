import { parseSigningScope } from "@countersign/signer/endpoints";

/** A program calls few hosts, and each of them many times. */
const MOST_HOSTS = 64;

const known = new Map<string, ReturnType<typeof parseSigningScope>>();

/** What `parseSigningScope` says about a URL's host, remembered. */
export function knownEndpoint(url: URL): ReturnType<typeof parseSigningScope> {
  // The origin of blob: is that of the page that made it.
  if (url.protocol !== "https:") return undefined;
  if (known.has(url.origin)) return known.get(url.origin);
  const endpoint = parseSigningScope(url.origin);
  if (known.size >= MOST_HOSTS) known.clear();
  known.set(url.origin, endpoint);
  return endpoint;
}
