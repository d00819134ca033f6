import { crc32 } from "node:zlib";

/** A header of an event: text, bytes, a time, or a truth. */
export type EventHeader = string | Uint8Array | Date | boolean;

/** One message of `application/vnd.amazon.eventstream`. */
export interface EventMessage {
  readonly headers: Readonly<Record<string, EventHeader>>;
  readonly payload: Uint8Array;
}

const preludeBytes = 12;
const overheadBytes = preludeBytes + 4;
/** https://smithy.io/2.0/aws/amazon-eventstream.html */
const maxMessageBytes = 24 * 1024 * 1024;

const typeOf = { true: 0, false: 1, bytes: 6, text: 7, time: 8 } as const;

/** Writes one message with its two checksums. */
export function encodeEvent({ headers, payload }: EventMessage): Buffer {
  const head = encodeEventHeaders(headers);
  const message = Buffer.alloc(overheadBytes + head.length + payload.length);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  head.copy(message, preludeBytes);
  message.set(payload, preludeBytes + head.length);
  message.writeUInt32BE(crc32(message.subarray(0, message.length - 4)), message.length - 4);
  return message;
}

/** The headers of a message as they stand in it: what a signed event's signature covers. */
export function encodeEventHeaders(headers: Readonly<Record<string, EventHeader>>): Buffer {
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => {
      const label = Buffer.from(name, "utf8");
      return [Uint8Array.of(label.length), label, encodeHeaderValue(value)];
    }),
  );
}

function encodeHeaderValue(value: EventHeader): Buffer {
  if (typeof value === "boolean") return Buffer.of(value ? typeOf.true : typeOf.false);
  if (value instanceof Date) {
    const bytes = Buffer.alloc(9);
    bytes.writeUInt8(typeOf.time);
    bytes.writeBigInt64BE(BigInt(value.getTime()), 1);
    return bytes;
  }
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : Buffer.from(value);
  const head = Buffer.alloc(3);
  head.writeUInt8(typeof value === "string" ? typeOf.text : typeOf.bytes);
  head.writeUInt16BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/**
 * Splits a byte stream into messages, however it was cut on the way.
 *
 * @throws {RangeError} when a length or a checksum does not fit; the stream is then beyond repair.
 */
export async function* decodeEvents(source: AsyncIterable<Uint8Array>): AsyncGenerator<EventMessage> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    for (;;) {
      const length = messageLength(held);
      if (length === undefined || held.length < length) break;
      yield decodeMessage(held.subarray(0, length));
      held = held.subarray(length);
    }
  }
  if (held.length > 0) throw new RangeError("The event stream ends within a message.");
}

function messageLength(held: Buffer): number | undefined {
  if (held.length < preludeBytes) return undefined;
  if (held.readUInt32BE(8) !== crc32(held.subarray(0, 8))) throw new RangeError("Event prelude checksum mismatch.");
  const length = held.readUInt32BE(0);
  if (length > maxMessageBytes || length < overheadBytes + held.readUInt32BE(4)) {
    throw new RangeError(`Event of ${length} bytes is out of bounds.`);
  }
  return length;
}

function decodeMessage(message: Buffer): EventMessage {
  const end = message.length - 4;
  if (message.readUInt32BE(end) !== crc32(message.subarray(0, end))) throw new RangeError("Event checksum mismatch.");
  const payloadAt = preludeBytes + message.readUInt32BE(4);
  return {
    headers: decodeEventHeaders(message.subarray(preludeBytes, payloadAt)),
    payload: message.subarray(payloadAt, end),
  };
}

function decodeEventHeaders(bytes: Buffer): Record<string, EventHeader> {
  const headers: Record<string, EventHeader> = {};
  for (let at = 0; at < bytes.length;) {
    const labelEnd = at + 1 + bytes.readUInt8(at);
    const name = bytes.toString("utf8", at + 1, labelEnd);
    const type = bytes.readUInt8(labelEnd);
    at = labelEnd + 1;
    if (type === typeOf.true || type === typeOf.false) {
      headers[name] = type === typeOf.true;
    } else if (type === typeOf.time) {
      headers[name] = new Date(Number(bytes.readBigInt64BE(at)));
      at += 8;
    } else if (type === typeOf.text || type === typeOf.bytes) {
      const valueEnd = at + 2 + bytes.readUInt16BE(at);
      const value = bytes.subarray(at + 2, valueEnd);
      headers[name] = type === typeOf.text ? value.toString("utf8") : Buffer.from(value);
      at = valueEnd;
    } else {
      throw new RangeError(`Event header type ${type} is not used by this service.`);
    }
  }
  return headers;
}
