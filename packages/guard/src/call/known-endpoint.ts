import { type Endpoint, parseEndpoint } from "@countersign/signer/endpoints";

/** A client talks to a handful of hosts; whoever makes names up must not fill the memory. */
const LIMIT = 64;
const known = new Map<string, Endpoint | undefined>();

/** What AWS endpoint a host (with a port, where there is one) is; remembered, for parsing it takes longer than judging. */
export function knownEndpoint(host: string): Endpoint | undefined {
  if (known.has(host)) return known.get(host);
  const endpoint = parseEndpoint(host);
  if (known.size >= LIMIT) known.clear();
  known.set(host, endpoint);
  return endpoint;
}
