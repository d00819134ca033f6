import { type Endpoint, parseEndpoint } from "@countersign/signer/endpoints";

/** A client calls few hosts. The limit of a generation keeps made-up host names from filling the memory. */
const LIMIT = 64;
let young = new Map<string, Endpoint | undefined>();
let old = young;

/**
 * The AWS endpoint that a host stands for, on any port and with or without the dot of the DNS root at its end: a
 * connection reaches the same service under these spellings. Kept, because parsing a host takes longer than judging. Two
 * generations age in turn: with one host more than the limit, calls do not all parse theirs anew.
 */
export function knownEndpoint(host: string): Endpoint | undefined {
  if (young.has(host)) return young.get(host);
  const endpoint = old.has(host) ? old.get(host) : parseEndpoint(plainHost(host));
  if (young.size >= LIMIT) {
    old = young;
    young = new Map();
  }
  young.set(host, endpoint);
  return endpoint;
}

/** A host without its port and without dots at its end. */
function plainHost(host: string): string {
  let end = host.length - (/:\d*$/.exec(host)?.[0].length ?? 0);
  while (host[end - 1] === ".") end--;
  return host.slice(0, end);
}
