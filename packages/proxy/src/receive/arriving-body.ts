import type { Incoming, Outgoing } from "../message.ts";
import type { Received } from "./received.ts";

/** The body of a request, which is asked for when it is wanted. */
export interface ArrivingBody {
  /** Asks a client that waits for it to send the body. */
  ask(): Incoming;
  /** The body in pieces, after it was asked for. */
  pieces(): AsyncIterable<Buffer>;
}

/** @param counted receives the length of each piece of `pieces`. */
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
    pieces() {
      ask();
      return pieces();
    },
  };
}
