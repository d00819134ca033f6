import type { Outgoing } from "../message.ts";
import { Refusal } from "../refusal.ts";
import { type Answer, isRefused } from "../send/upstream-error.ts";
import { passEvents, sendEvents } from "./converse.ts";
import type { OpenedEvents } from "./open-events.ts";

/** A container may answer for up to half an hour, and the events of a stream keep the credentials it began with. */
export const STREAM_MS = 1_800_000;
/** A stream on which nothing moves for this long is ended. */
const IDLE_MS = 120_000;

/** What an exchange of events tells, and what ends it. */
export interface EventObserver {
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  /** The head of a success: it is passed on here. */
  readonly headed: (head: Pick<Answer, "status" | "headers">) => void;
  /** An error of the service: it is passed on here. */
  readonly refused: (answer: Answer) => Promise<void>;
  /** Bytes of the answer that are passed on. */
  readonly counted: (bytes: number) => void;
}

/**
 * Passes events both ways at once: those of the client verified and signed anew, those of AWS as they are.
 *
 * @throws Refusal for what the client did; the stream's own error.
 */
export async function exchangeEvents(
  verified: AsyncIterable<Uint8Array>,
  opened: OpenedEvents,
  outgoing: Outgoing,
  { signal, headed, refused, counted }: EventObserver,
): Promise<void> {
  const { stream } = opened;
  const sending = sendEvents(verified, stream, opened.events);
  const failure = failureOf(opened, sending, signal);
  try {
    const { status, headers } = await Promise.race([opened.head, failure.promise]);
    if (isRefused(status)) {
      await Promise.race([refused({ status, headers, body: stream }), failure.promise]);
      return;
    }
    headed({ status, headers });
    // A client may wait for it before it sends its first event.
    outgoing.flushHeaders();
    await passEvents(stream, outgoing, failure.promise, counted);
  } finally {
    failure.stop();
    opened.close();
  }
}

/** Rejects when a stream must end before its time: its client broke a rule or left, or it takes too long. */
function failureOf(
  { stream }: OpenedEvents,
  sending: Promise<void>,
  signal: AbortSignal,
): { readonly promise: Promise<never>; readonly stop: () => void } {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, no) => (reject = no));
  // Handled where it is raced; after that, the exchange is over.
  promise.catch(() => undefined);
  const tooLong = (message: string) => (): void => reject(new Refusal(504, "RequestTimeout", message));
  const timer = setTimeout(tooLong("The stream ran for 30 minutes, and no stream may run longer."), STREAM_MS);
  stream.setTimeout(IDLE_MS, tooLong("Nothing moved on the stream for two minutes."));
  const left = (): void => reject(new Error("the client is gone"));
  signal.addEventListener("abort", left, { once: true });
  sending.catch(reject);
  return {
    promise,
    stop() {
      clearTimeout(timer);
      stream.setTimeout(0);
      signal.removeEventListener("abort", left);
    },
  };
}
