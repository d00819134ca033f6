import { crc32 } from "./crc32.ts";
import { SageMakerError } from "./error.ts";
import {
  type EventHeaders,
  type EventHeaderValue,
  type EventMessage,
  headerType,
  preludeBytes,
  trailerBytes,
} from "./event-message.ts";

// aws-c-event-stream, the library under AWS's own SDKs, refuses larger messages and headers.
const maxHeaderBytes = 128 * 1024;
const maxMessageBytes = 24 * 1024 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const corrupt = (what: string, cause?: unknown): SageMakerError =>
  new SageMakerError("STREAM_CORRUPT", `The event stream is corrupt: ${what}. Nothing after this point can be read.`, {
    cause,
  });

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Reads the prelude at `at` and answers with the length of the whole message.
 *
 * @throws SageMakerError `STREAM_CORRUPT` when the CRC does not match or a length is out of bounds.
 */
export function readPrelude(bytes: Uint8Array, at: number): number {
  const view = viewOf(bytes);
  if (view.getUint32(at + 8) !== crc32(bytes, at, at + 8)) throw corrupt("the CRC of a message's prelude is wrong");
  const total = view.getUint32(at);
  const headers = view.getUint32(at + 4);
  if (headers > maxHeaderBytes) throw corrupt(`a message claims ${headers} bytes of headers, over ${maxHeaderBytes}`);
  if (total > maxMessageBytes) throw corrupt(`a message claims ${total} bytes, over ${maxMessageBytes}`);
  if (total < preludeBytes + headers + trailerBytes) throw corrupt("a message is shorter than its parts");
  return total;
}

/**
 * Decodes one whole message whose prelude `readPrelude` accepted. The payload is a view of `bytes`, not a copy.
 *
 * @throws SageMakerError `STREAM_CORRUPT`.
 */
export function decodeMessage(bytes: Uint8Array): EventMessage {
  const view = viewOf(bytes);
  const end = bytes.length - trailerBytes;
  if (view.getUint32(end) !== crc32(bytes, 0, end)) throw corrupt("the CRC of a message is wrong");
  const payload = preludeBytes + view.getUint32(4);
  let headers: EventHeaders;
  try {
    headers = decodeHeaders(bytes, view, payload);
  } catch (cause) {
    throw cause instanceof SageMakerError ? cause : corrupt("a header does not parse", cause);
  }
  // A plain Uint8Array also where a Buffer came in: what a reader is given does not depend on the runtime.
  return { headers, payload: new Uint8Array(bytes.buffer, bytes.byteOffset + payload, end - payload) };
}

function decodeHeaders(bytes: Uint8Array, view: DataView, end: number): EventHeaders {
  const headers: Record<string, EventHeaderValue> = Object.create(null);
  let at = preludeBytes;
  const take = (length: number): number => {
    const start = at;
    at += length;
    if (at > end) throw corrupt("a header runs over the end of the headers");
    return start;
  };
  const slice = (length: number): Uint8Array => {
    const start = take(length);
    return bytes.subarray(start, start + length);
  };
  const remaining = (): number => end - at;
  while (remaining() > 0) {
    const name = decoder.decode(slice(view.getUint8(take(1))));
    if (name === "" || name in headers) throw corrupt("a message has an empty or repeated header name");
    headers[name] = value();
  }
  return headers;

  function value(): EventHeaderValue {
    switch (view.getUint8(take(1))) {
      case headerType.true:
        return true;
      case headerType.false:
        return false;
      case headerType.byte:
        return view.getInt8(take(1));
      case headerType.short:
        return view.getInt16(take(2));
      case headerType.integer:
        return view.getInt32(take(4));
      case headerType.long:
        return view.getBigInt64(take(8));
      case headerType.bytes:
        return slice(view.getUint16(take(2)));
      case headerType.string:
        return decoder.decode(slice(view.getUint16(take(2))));
      case headerType.timestamp:
        return new Date(Number(view.getBigInt64(take(8))));
      case headerType.uuid: {
        const hex = Array.from(slice(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
        return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
      }
      default:
        throw corrupt("a header has an unknown type");
    }
  }
}
