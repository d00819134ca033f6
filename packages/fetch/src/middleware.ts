/** A function that sends a request: the platform's `fetch`, or one that does more. */
export type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/** Wraps a fetch into one that does more. */
export type Middleware = (next: Fetch) => Fetch;

/**
 * Wraps a fetch into middleware, the first one outermost.
 *
 * @example
 * const signed = compose(fetch, retry(), clockSkew(clock), signing(signer));
 */
export function compose(fetch: Fetch, ...middleware: readonly Middleware[]): Fetch {
  return middleware.reduceRight<Fetch>((next, wrap) => wrap(next), fetch);
}
