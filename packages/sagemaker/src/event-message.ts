import { crc32 } from "./crc32.ts";
import { SageMakerError } from "./error.ts";

/**
 * A value of an event stream header. Whole numbers travel as `integer`, bigints as `long`; a decoded UUID is its text.
 */
export type EventHeaderValue = string | boolean | number | bigint | Uint8Array | Date;

/** Headers of an event stream message by name; `:`-names are the protocol's own. */
export type EventHeaders = Readonly<Record<string, EventHeaderValue | undefined>>;

/** One message of an `application/vnd.amazon.eventstream` body. */
export interface EventMessage {
  readonly headers: EventHeaders;
  readonly payload: Uint8Array;
}

/** Total length, headers length, and the CRC of these two: the twelve bytes each message starts with. */
export const preludeBytes = 12;
/** The CRC each message ends with. */
const trailerBytes = 4;
// aws-c-event-stream, the library under AWS's own SDKs, refuses larger messages and headers.
const maxHeaderBytes = 128 * 1024;
const maxMessageBytes = 24 * 1024 * 1024;

// https://smithy.io/2.0/aws/amazon-eventstream.html#event-stream-header-types
const Type = {
  true: 0,
  false: 1,
  byte: 2,
  short: 3,
  integer: 4,
  long: 5,
  bytes: 6,
  string: 7,
  timestamp: 8,
  uuid: 9,
} as const;

const encoder = new TextEncoder();
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
      case Type.true:
        return true;
      case Type.false:
        return false;
      case Type.byte:
        return view.getInt8(take(1));
      case Type.short:
        return view.getInt16(take(2));
      case Type.integer:
        return view.getInt32(take(4));
      case Type.long:
        return view.getBigInt64(take(8));
      case Type.bytes:
        return slice(view.getUint16(take(2)));
      case Type.string:
        return decoder.decode(slice(view.getUint16(take(2))));
      case Type.timestamp:
        return new Date(Number(view.getBigInt64(take(8))));
      case Type.uuid: {
        const hex = Array.from(slice(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
        return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
      }
      default:
        throw corrupt("a header has an unknown type");
    }
  }
}

/** Encodes one message, CRCs included. */
export function encodeMessage({ headers, payload }: EventMessage): Uint8Array {
  const encoded: Uint8Array[] = [];
  let headerBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const header = encodeHeader(name, value);
    encoded.push(header);
    headerBytes += header.length;
  }
  const total = preludeBytes + headerBytes + payload.length + trailerBytes;
  const bytes = new Uint8Array(total);
  const view = viewOf(bytes);
  view.setUint32(0, total);
  view.setUint32(4, headerBytes);
  view.setUint32(8, crc32(bytes, 0, 8));
  let at = preludeBytes;
  for (const header of encoded) {
    bytes.set(header, at);
    at += header.length;
  }
  bytes.set(payload, at);
  view.setUint32(total - trailerBytes, crc32(bytes, 0, total - trailerBytes));
  return bytes;
}

function encodeHeader(name: string, value: EventHeaderValue): Uint8Array {
  const nameBytes = encoder.encode(name);
  if (nameBytes.length === 0 || nameBytes.length > 0xff) {
    throw new SageMakerError("INVALID_HEADER", "The name of an event header must have 1 to 255 bytes.");
  }
  const data = typeof value === "string" ? encoder.encode(value) : value;
  const size = data instanceof Uint8Array ? 2 + data.length : fixedSize(value);
  if (size > 2 + 0x7fff) {
    throw new SageMakerError("INVALID_HEADER", `The event header "${name}" has ${size - 2} bytes, over 32767.`);
  }
  const bytes = new Uint8Array(1 + nameBytes.length + 1 + size);
  const view = viewOf(bytes);
  bytes[0] = nameBytes.length;
  bytes.set(nameBytes, 1);
  const type = 1 + nameBytes.length;
  const at = type + 1;
  if (data instanceof Uint8Array) {
    bytes[type] = typeof value === "string" ? Type.string : Type.bytes;
    view.setUint16(at, data.length);
    bytes.set(data, at + 2);
  } else if (data instanceof Date) {
    bytes[type] = Type.timestamp;
    view.setBigInt64(at, BigInt(data.getTime()));
  } else if (typeof data === "bigint") {
    bytes[type] = Type.long;
    view.setBigInt64(at, data);
  } else if (typeof data === "number") {
    bytes[type] = Type.integer;
    view.setInt32(at, data);
  } else {
    bytes[type] = data ? Type.true : Type.false;
  }
  return bytes;
}

function fixedSize(value: EventHeaderValue): number {
  if (typeof value === "boolean") return 0;
  return typeof value === "number" ? 4 : 8;
}
