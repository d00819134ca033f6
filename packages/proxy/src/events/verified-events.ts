import type { SignatureChain } from "@countersign/signer/verify";
import { VerifyError } from "@countersign/signer/verify";
import { createByteReader } from "../receive/byte-reader.ts";
import type { HeldMemory } from "../receive/buffer-budget.ts";
import { Refusal } from "../refusal.ts";
import { frameLength, PRELUDE_BYTES, readFrame } from "./event-frame.ts";

/** How a stream of signed events is verified. */
export interface EventRules {
  readonly chain: SignatureChain;
  /** The longest message: each is in memory until its signature is verified. */
  readonly maxBytes: number;
  /** Holds the memory of one event. */
  readonly hold: () => HeldMemory;
  readonly now: () => number;
  /** How far the date of an event may be off, in milliseconds. */
  readonly maxSkewMs: number;
}

/**
 * Reads the events of a request as they arrive, and verifies each before it is passed on. The last one is empty: it ends
 * the stream, and a stream without it was cut off.
 *
 * @throws Refusal `SignatureDoesNotMatch`, `RequestTimeTooSkewed`, `ValidationException`, `RequestEntityTooLarge`,
 * `IncompleteBody`.
 */
export async function* verifiedEvents(
  body: AsyncIterable<Buffer>,
  { chain, maxBytes, hold, now, maxSkewMs }: EventRules,
): AsyncGenerator<Buffer, void, undefined> {
  const reader = createByteReader(body, cutOff);
  for (;;) {
    const prelude = await reader.bytes(PRELUDE_BYTES);
    const length = frameLength(prelude);
    if (length > maxBytes)
      throw new Refusal(413, "RequestEntityTooLarge", `An event of the stream must be at most ${maxBytes} bytes.`);
    const memory = hold();
    memory.take(length);
    try {
      const { date, signature, payload } = readFrame(
        Buffer.concat([prelude, await reader.bytes(length - PRELUDE_BYTES)], length),
      );
      // Before the signature: a date that cannot be written cannot be verified.
      if (!(Math.abs(date.getTime() - now()) <= maxSkewMs))
        throw new Refusal(403, "RequestTimeTooSkewed", "The date of an event is too far from the time of the proxy.");
      verify(chain, { date, signature, payload });
      yield payload;
      if (payload.length === 0) break;
    } finally {
      memory.end();
    }
  }
  if (!(await reader.hasEnded())) throw new Refusal(400, "ValidationException", "Nothing may follow the last event.");
}

function verify(chain: SignatureChain, event: Parameters<SignatureChain["event"]>[0]): void {
  try {
    chain.event(event);
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error;
    throw new Refusal(
      403,
      error.code,
      "The signature of an event is not the one that its content and the event before it have.",
    );
  }
}

function cutOff(): Refusal {
  return new Refusal(400, "IncompleteBody", "The stream ended without the signed empty event that closes it.");
}
