import { type Endpoint, parseEndpoint } from "@countersign/signer/endpoints";

/** A client calls few hosts. The limit of a generation keeps made-up host names from filling the memory. */
const LIMIT = 64;
let young = new Map<string, Endpoint | undefined>();
let old = young;

/**
 * The AWS endpoint that a host, with or without a port, stands for. Kept, because parsing a host takes longer than
 * judging. Two generations age in turn: with one host more than the limit, calls do not all parse theirs anew.
 */
export function knownEndpoint(host: string): Endpoint | undefined {
  if (young.has(host)) return young.get(host);
  const endpoint = old.has(host) ? old.get(host) : parseEndpoint(host);
  if (young.size >= LIMIT) {
    old = young;
    young = new Map();
  }
  young.set(host, endpoint);
  return endpoint;
}
