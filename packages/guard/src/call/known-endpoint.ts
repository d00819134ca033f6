import { type Endpoint, parseEndpoint } from "@countersign/signer/endpoints";

/** A client calls few hosts. The limit keeps made-up host names from filling the memory. */
const LIMIT = 64;
const known = new Map<string, Endpoint | undefined>();

/** The AWS endpoint that a host, with or without a port, stands for. Kept, because parsing a host takes longer than judging. */
export function knownEndpoint(host: string): Endpoint | undefined {
  if (known.has(host)) return known.get(host);
  const endpoint = parseEndpoint(host);
  if (known.size >= LIMIT) known.clear();
  known.set(host, endpoint);
  return endpoint;
}
