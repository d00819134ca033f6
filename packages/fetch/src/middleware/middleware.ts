import { callable, listOf } from "@countersign/signer/options";
import type { FetchInput } from "../call/outgoing.ts";
import { refuseOption } from "../errors/fetch-error.ts";

/** A function that sends a request: the platform's `fetch`, or one that does more. */
export type Fetch = (input: FetchInput, init?: RequestInit) => Promise<Response>;

/** Wraps a fetch into one that does more. */
export type Middleware = (next: Fetch) => Fetch;

/**
 * Wraps a fetch into middleware, the first one outermost.
 *
 * @throws FetchError `INVALID_OPTION` for an argument that is not a function.
 * @example
 * const signed = compose(fetch, retry(), clockSkew(clock), signing(signer));
 */
export function compose(fetch: Fetch, ...middleware: readonly Middleware[]): Fetch {
  callable(fetch, "fetch", refuseOption);
  listOf(callable)(middleware, "middleware", refuseOption);
  return middleware.reduceRight<Fetch>((next, wrap) => wrap(next), fetch);
}
