import type { Readable } from "node:stream";
import type { Incoming, Outgoing } from "../message.ts";
import type { Received } from "./received.ts";
import { PassingBody, type Watch } from "./passing-body.ts";

/** The body of a request, which is asked for when it is wanted. */
export interface ArrivingBody {
  /** Asks a client that waits for it to send the body. */
  ask(): Incoming;
  /** The body as it comes, after it was asked for. */
  stream(): StreamedBody;
}

/** A body that is passed on as it comes. It is read once: piece by piece in a loop, or as a stream. */
export interface StreamedBody extends AsyncIterable<Buffer> {
  /** The body as a stream, which costs less than a loop that waits for each piece. */
  through(watch: Watch): Readable;
}

/** The body of a request: read whole, or to be streamed. */
export type RequestBody = Uint8Array | StreamedBody;

/** @param counted receives the length of each piece of a streamed body. */
export function arrivingBody(
  incoming: Incoming,
  outgoing: Outgoing,
  { headers }: Received,
  counted: (bytes: number) => void,
): ArrivingBody {
  const ask = (): Incoming => {
    if (headers.get("expect")?.toLowerCase() === "100-continue") outgoing.writeContinue();
    return incoming;
  };
  async function* pieces(): AsyncGenerator<Buffer, void, undefined> {
    for await (const piece of incoming as AsyncIterable<Buffer>) {
      counted(piece.length);
      yield piece;
    }
  }
  return {
    ask,
    stream() {
      ask();
      return {
        [Symbol.asyncIterator]: pieces,
        through: (watch) => new PassingBody(incoming, watch, counted),
      };
    },
  };
}
