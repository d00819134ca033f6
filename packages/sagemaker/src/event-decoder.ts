import { SageMakerError } from "./error.ts";
import { decodeMessage, readPrelude } from "./decode-message.ts";
import { type EventMessage, preludeBytes } from "./event-message.ts";

/** Cuts a byte stream into messages, however it was cut on its way. */
export interface EventDecoder {
  /** Takes the next bytes and answers with the messages that end in them, in order. */
  push(chunk: Uint8Array): Iterable<EventMessage>;
  /**
   * To be called when the stream has ended.
   *
   * @throws SageMakerError `STREAM_TRUNCATED` when it ended inside a message.
   */
  end(): void;
}

/**
 * Decodes `application/vnd.amazon.eventstream` (https://smithy.io/2.0/aws/amazon-eventstream.html): checks both CRCs
 * of every message and holds at most one unfinished message.
 */
export function createEventDecoder(): EventDecoder {
  let held = new Uint8Array(0);
  let filled = 0;
  // Length of the unfinished message; its prelude's until that is known.
  let wanted = preludeBytes;
  let preludeRead = false;

  function* push(chunk: Uint8Array): Generator<EventMessage, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      if (filled === 0 && chunk.length - at >= preludeBytes) {
        const total = readPrelude(chunk, at);
        if (chunk.length - at >= total) {
          yield decodeMessage(chunk.subarray(at, at + total));
          at += total;
          continue;
        }
        wanted = total;
        preludeRead = true;
      }
      const taken = Math.min(chunk.length - at, wanted - filled);
      hold(chunk.subarray(at, at + taken));
      at += taken;
      if (filled < wanted) continue;
      if (preludeRead) {
        const message = held.subarray(0, filled);
        reset();
        yield decodeMessage(message);
      } else {
        wanted = readPrelude(held, 0);
        preludeRead = true;
      }
    }
  }

  function hold(bytes: Uint8Array): void {
    const needed = filled + bytes.length;
    if (needed > held.length) {
      // Grows with what really arrives: a length alone, which anyone on the path could claim, reserves no memory.
      const grown = new Uint8Array(Math.min(Math.max(needed, held.length * 2, 4096), Math.max(wanted, needed)));
      grown.set(held.subarray(0, filled));
      held = grown;
    }
    held.set(bytes, filled);
    filled = needed;
  }

  function reset(): void {
    held = new Uint8Array(0);
    filled = 0;
    wanted = preludeBytes;
    preludeRead = false;
  }

  return {
    push,
    end() {
      if (filled === 0) return;
      throw new SageMakerError(
        "STREAM_TRUNCATED",
        `The event stream ended inside a message: ${filled} of ${preludeRead ? wanted : `at least ${wanted}`} bytes came.`,
      );
    },
  };
}
