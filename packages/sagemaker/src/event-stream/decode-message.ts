import { words } from "@countersign/signer";
import { crc32 } from "#platform/crc32";
import { SageMakerError } from "../core/error.ts";
import { type EventMessage, preludeBytes, trailerBytes } from "./event-message.ts";

// aws-c-event-stream, the library under AWS's own SDKs, refuses larger messages and headers.
const maxHeaderBytes = 128 * 1024;
const maxMessageBytes = 24 * 1024 * 1024;

/**
 * The length of a header's value by its type: true, false, byte, short, integer, long, bytes, string, timestamp, uuid.
 * `undefined`: two bytes before the value hold its length.
 *
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html#event-stream-header-types
 */
const valueBytes = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];
const stringType = 7;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function check(right: boolean, wrong: string | false, cause?: unknown): void {
  if (right) return;
  throw new SageMakerError("STREAM_CORRUPT", words ? `the event stream is corrupt: ${wrong}` : "stream", { cause });
}

/**
 * Decodes the message that the bytes begin with, and returns it with its length; `undefined` while bytes are missing.
 * The payload is a view of the bytes, not a copy.
 *
 * @throws SageMakerError `STREAM_CORRUPT` when a CRC does not match, a length is out of bounds, or a header is invalid.
 */
export function decodeMessage(bytes: Uint8Array): (EventMessage & { readonly length: number }) | undefined {
  if (bytes.length < preludeBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint32(0);
  const headerBytes = view.getUint32(4);
  const payloadAt = preludeBytes + headerBytes;
  const end = length - trailerBytes;
  check(view.getUint32(8) === crc32(bytes.subarray(0, 8)), words && "the CRC of a message's prelude is wrong");
  check(
    headerBytes <= maxHeaderBytes && length <= maxMessageBytes && payloadAt <= end,
    words &&
      (headerBytes > maxHeaderBytes
        ? `a message claims ${headerBytes} bytes of headers, over ${maxHeaderBytes}`
        : length > maxMessageBytes
          ? `a message claims ${length} bytes, over ${maxMessageBytes}`
          : "a message is shorter than its parts"),
  );
  if (bytes.length < length) return undefined;
  check(view.getUint32(end) === crc32(bytes.subarray(0, end)), words && "the CRC of a message is wrong");

  // Only strings matter in a stream of answers; headers of other types are skipped.
  const headers: Record<string, string | undefined> = Object.create(null);
  try {
    for (let at = preludeBytes; at < payloadAt;) {
      const name = decoder.decode(bytes.subarray(at + 1, (at += 1 + view.getUint8(at))));
      const type = view.getUint8(at++);
      const value = valueBytes[type] ?? view.getUint16((at += 2) - 2);
      const text = bytes.subarray(at, (at += value));
      if (name === "" || name in headers || type >= valueBytes.length || at > payloadAt) throw new RangeError(name);
      headers[name] = type === stringType ? decoder.decode(text) : undefined;
    }
  } catch (cause) {
    check(false, words && "a header does not parse", cause);
  }
  // A plain Uint8Array even when a Buffer came in, so that a reader gets the same on every runtime.
  return { headers, payload: new Uint8Array(bytes.buffer, bytes.byteOffset + payloadAt, end - payloadAt), length };
}
