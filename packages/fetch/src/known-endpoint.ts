import { type Endpoint, parseEndpoint } from "@countersign/signer/endpoints";

/** A program calls few hosts, and each of them many times. */
const MOST_HOSTS = 64;

const known = new Map<string, Endpoint | undefined>();

/** What `parseEndpoint` says about a URL's host, remembered. */
export function knownEndpoint(url: URL): Endpoint | undefined {
  if (known.has(url.origin)) return known.get(url.origin);
  const endpoint = parseEndpoint(url.origin);
  if (known.size >= MOST_HOSTS) known.clear();
  known.set(url.origin, endpoint);
  return endpoint;
}
