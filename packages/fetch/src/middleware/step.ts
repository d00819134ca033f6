import { unlessAborted } from "@countersign/signer";
import { checkNext } from "#platform/check-parts";
import { readCall } from "#platform/read-call";
import type { Attempt, SignatureFacts } from "../attempts/attempt.ts";
import { rememberAddress } from "../call/dot-segments.ts";
import type { Outgoing } from "../call/outgoing.ts";
import type { Middleware } from "./middleware.ts";

/** Sends a call that was read already, and reports the key that signed it as soon as that is known. */
export type Send = (call: Outgoing, signed?: Attempt["signed"]) => Promise<Response>;

/** One step of this package's middleware. Between steps a call is not read again. */
export type Step = (next: Send) => Send;

/** The signature behind each response: middleware that is composed by hand passes nothing else on. */
const signatures = new WeakMap<Response, SignatureFacts>();

/** Makes middleware of one step. @param maxBufferBytes the limit for a Request, Blob or FormData that is read into memory. */
export function middlewareOf(step: Step, maxBufferBytes: number | undefined): Middleware {
  return (next) => {
    checkNext(next);
    const send = step(async ({ input, init }, signed) => {
      const response = await next(input, init);
      const signature = signatures.get(response);
      if (signature !== undefined) signed?.(signature);
      return response;
    });
    return async (input, init) => {
      let signature: SignatureFacts | undefined;
      const call = await readCall(input, init, maxBufferBytes, rememberAddress);
      const response = await unlessAborted(
        send(call, (given) => (signature = given)),
        call.init.signal,
      );
      if (signature !== undefined) signatures.set(response, signature);
      return response;
    };
  };
}
