import { readCall } from "#platform/read-call";
import type { Attempt, SignatureFacts } from "../attempts/create-attempts.ts";
import type { Outgoing } from "../call/outgoing.ts";

/** A function that sends a request: the platform's `fetch`, or one that does more. */
export type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/** Wraps a fetch into one that does more. */
export type Middleware = (next: Fetch) => Fetch;

/** Sends a call that was read already, and tells by which key it was signed as soon as that is known. */
export type Send = (call: Outgoing, signed?: Attempt["signed"]) => Promise<Response>;

/** What middleware of this package consists of: between steps a call is not read again. */
export type Step = (next: Send) => Send;

/**
 * Wraps a fetch into middleware, the first one outermost.
 *
 * @example
 * const signed = compose(fetch, retry(), clockSkew(clock), signing(signer));
 */
export function compose(fetch: Fetch, ...middleware: readonly Middleware[]): Fetch {
  return middleware.reduceRight<Fetch>((next, wrap) => wrap(next), fetch);
}

/** What signed the requests that these answer, and when: between middleware there is nothing else to tell it by. */
const signatures = new WeakMap<Response, SignatureFacts>();

/** A step by itself. @param maxBufferBytes up to how many bytes a Request, Blob or FormData is read into memory. */
export function middlewareOf(step: Step, maxBufferBytes: number | undefined): Middleware {
  return (next) => {
    const send = step(async ({ input, init }, signed) => {
      const response = await next(input, init);
      const signature = signatures.get(response);
      if (signature !== undefined) signed?.(signature);
      return response;
    });
    return async (input, init) => {
      let signature: SignatureFacts | undefined;
      const response = await send(await readCall(input, init, maxBufferBytes), (given) => (signature = given));
      if (signature !== undefined) signatures.set(response, signature);
      return response;
    };
  };
}
