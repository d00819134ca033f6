import { words } from "@countersign/signer";
import { SageMakerError } from "../core/error.ts";
import { decodeMessage } from "./decode-message.ts";
import type { EventMessage } from "./event-message.ts";

/** Splits a byte stream into messages, whatever the sizes of its chunks. */
export interface EventDecoder {
  /** Takes the next bytes and returns the messages that end in them, in order. */
  push(chunk: Uint8Array): Iterable<EventMessage>;
  /**
   * Call it when the stream has ended.
   *
   * @throws SageMakerError `STREAM_TRUNCATED` when it ended inside a message.
   */
  end(): void;
}

/**
 * Decodes `application/vnd.amazon.eventstream` (https://smithy.io/2.0/aws/amazon-eventstream.html): checks both CRCs
 * of every message and keeps at most one unfinished message.
 */
export function createEventDecoder(): EventDecoder {
  // The unfinished message is the first `filled` bytes.
  let unfinished = new Uint8Array(0);
  let filled = 0;

  return {
    *push(chunk) {
      let bytes = chunk;
      if (filled > 0) {
        const length = filled + chunk.length;
        if (length > unfinished.length) {
          // The buffer grows with the bytes that arrive. A claimed length reserves no memory.
          const grown = new Uint8Array(2 * length);
          grown.set(unfinished);
          unfinished = grown;
        }
        unfinished.set(chunk, filled);
        bytes = unfinished.subarray(0, length);
      }
      let at = 0;
      for (let message; (message = decodeMessage(bytes.subarray(at))) !== undefined; at += message.length) {
        yield message;
      }
      // The rest is copied when a message was handed out, which views the old buffer, or when the bytes are the caller's.
      if (at > 0 || filled === 0) unfinished = new Uint8Array(bytes.subarray(at));
      filled = bytes.length - at;
    },
    end() {
      if (filled === 0) return;
      throw new SageMakerError(
        "STREAM_TRUNCATED",
        words ? `the event stream ended inside a message, after ${filled} bytes of it` : "stream",
      );
    },
  };
}
