import type { ClientHttp2Stream } from "node:http2";
import type { Readable, Writable } from "node:stream";
import type { EventSigner } from "@countersign/signer/events";
import type { Outgoing } from "../message.ts";
import { Refusal } from "../refusal.ts";
import { createEventBoundary } from "./event-boundary.ts";
import { encodeFrame, errorFrame } from "./event-frame.ts";

/**
 * Sends events as they are verified, each signed anew. Waits for room at the other side, so that memory holds one event.
 *
 * @param verified ends with an empty event. What it throws passes through.
 */
export async function sendEvents(
  verified: AsyncIterable<Uint8Array>,
  stream: ClientHttp2Stream,
  events: EventSigner,
): Promise<void> {
  for await (const payload of verified) {
    const isLast = payload.length === 0;
    const { headers } = isLast ? events.end() : events.sign(payload);
    const frame = encodeFrame(headers, payload);
    if (isLast) stream.end(frame);
    else if (!stream.write(frame)) await room(stream);
    if (stream.destroyed) return;
  }
}

/**
 * Passes the events of an answer on as they come.
 *
 * @param failure rejects when the request must not go on. The client then gets the reason as the last event, where that
 * can be put between two events; otherwise its stream breaks off.
 * @throws Refusal of `failure`; the stream's own error.
 */
export async function passEvents(
  stream: ClientHttp2Stream,
  outgoing: Outgoing,
  failure: Promise<never>,
  counted: (bytes: number) => void,
): Promise<void> {
  const boundary = createEventBoundary();
  const passing = (async () => {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      boundary.update(piece);
      counted(piece.length);
      if (!outgoing.write(piece)) await room(outgoing, stream);
    }
  })();
  try {
    await Promise.race([passing, failure]);
    // A reset can look like an end.
    if (stream.rstCode !== 0 || !boundary.isReached) throw new Error("the answer broke off");
    outgoing.end();
  } catch (error) {
    stream.destroy();
    const stopped = passing.catch(() => undefined);
    if (!(error instanceof Refusal)) throw error;
    await stopped;
    if (boundary.isReached) {
      const frame = errorFrame(error.code, error.message);
      counted(frame.length);
      outgoing.end(frame);
    }
    throw error;
  }
}

/**
 * Resolves when the sink has room again, or was closed, or the source was: a client that does not read must not hold a stream
 * to the service that is over.
 */
function room(sink: Writable, source?: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (source?.destroyed === true) return resolve();
    const done = (): void => {
      sink.off("drain", done).off("close", done);
      source?.off("close", done);
      resolve();
    };
    sink.once("drain", done).once("close", done);
    source?.once("close", done);
  });
}
