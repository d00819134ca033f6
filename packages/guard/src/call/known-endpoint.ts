import { generations } from "@countersign/signer";
import { type Endpoint, parseEndpoint } from "@countersign/signer/endpoints";

/** A client calls few hosts. The limit of a generation keeps made-up host names from filling the memory. */
const LIMIT = 64;
/** Wrapped in an object, so that the result "not an endpoint" is cached too. */
const parsed = generations(LIMIT, (host: string) => ({ endpoint: parseEndpoint(plainHost(host)) }));

/**
 * The AWS endpoint that a host stands for, on any port and with or without the dot of the DNS root at its end: a
 * connection reaches the same service under these spellings. Kept, because parsing a host takes longer than judging.
 */
export function knownEndpoint(host: string): Endpoint | undefined {
  return parsed(host).endpoint;
}

/** A host without its port and without dots at its end. */
function plainHost(host: string): string {
  let end = host.length - (/:\d*$/.exec(host)?.[0].length ?? 0);
  while (host[end - 1] === ".") end--;
  return host.slice(0, end);
}
