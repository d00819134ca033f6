import { crc32 } from "node:zlib";
import { malformed } from "../refusal.ts";

// https://smithy.io/2.0/aws/amazon-eventstream.html: the length of the message and of its headers, a CRC of both, the
// headers, the payload, and a CRC of everything before it.
export const PRELUDE_BYTES = 12;
const TRAILER_BYTES = 4;

/** `:date` as it is encoded: the length of its name, the name, type 8 (timestamp); 8 bytes of milliseconds follow. */
const DATE = Buffer.from("\x05:date\x08", "latin1");
const DATE_BYTES = DATE.length + 8;
/** `:chunk-signature`, type 6 (bytes), 32 bytes long; the signature follows. */
const SIGNATURE = Buffer.from("\x10:chunk-signature\x06\x00\x20", "latin1");
const SIGNATURE_BYTES = SIGNATURE.length + 32;
const SIGNED_BYTES = DATE_BYTES + SIGNATURE_BYTES;

/** What a message around a signed event says. */
export interface SignedFrame {
  readonly date: Date;
  readonly signature: Uint8Array;
  /** The event itself as an encoded message; empty in the message that ends a stream. */
  readonly payload: Buffer;
}

/** The length of the message that a prelude begins. @throws Refusal `ValidationException`. */
export function frameLength(prelude: Buffer): number {
  if (prelude.readUInt32BE(8) !== crc32(prelude.subarray(0, 8))) throw corrupt("the checksum of its prelude is wrong");
  const length = prelude.readUInt32BE(0);
  // No signature covers headers beside these two, so that none can be passed on.
  if (prelude.readUInt32BE(4) !== SIGNED_BYTES)
    throw corrupt("the headers :date and :chunk-signature must be all that it has");
  if (length < PRELUDE_BYTES + SIGNED_BYTES + TRAILER_BYTES) throw corrupt("it is shorter than its parts");
  return length;
}

/** Takes a whole message apart. @throws Refusal `ValidationException`. */
export function readFrame(message: Buffer): SignedFrame {
  const end = message.length - TRAILER_BYTES;
  if (message.readUInt32BE(end) !== crc32(message.subarray(0, end))) throw corrupt("its checksum is wrong");
  const headers = message.subarray(PRELUDE_BYTES, PRELUDE_BYTES + SIGNED_BYTES);
  const dateAt = headers.subarray(0, DATE.length).equals(DATE) ? 0 : SIGNATURE_BYTES;
  const signatureAt = dateAt === 0 ? DATE_BYTES : 0;
  const date = headers.subarray(dateAt, dateAt + DATE_BYTES);
  const signature = headers.subarray(signatureAt, signatureAt + SIGNATURE_BYTES);
  if (!date.subarray(0, DATE.length).equals(DATE) || !signature.subarray(0, SIGNATURE.length).equals(SIGNATURE))
    throw corrupt("the headers :date and :chunk-signature must be all that it has");
  return {
    date: new Date(Number(date.readBigInt64BE(DATE.length))),
    signature: signature.subarray(SIGNATURE.length),
    payload: message.subarray(PRELUDE_BYTES + SIGNED_BYTES, end),
  };
}

/** Encodes a message. @param headers as they are encoded. */
export function encodeFrame(headers: Uint8Array, payload: Uint8Array): Buffer {
  const end = PRELUDE_BYTES + headers.length + payload.length;
  const message = Buffer.allocUnsafe(end + TRAILER_BYTES);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(headers.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  message.set(headers, PRELUDE_BYTES);
  message.set(payload, PRELUDE_BYTES + headers.length);
  message.writeUInt32BE(crc32(message.subarray(0, end)), end);
  return message;
}

/** The message by which a service ends a stream with an error: the client's SDK raises it under this code. */
export function errorFrame(code: string, message: string): Buffer {
  const text = (name: string, value: string): Buffer => {
    const bytes = Buffer.from(value);
    const head = Buffer.from([name.length, ...Buffer.from(name), 7, bytes.length >> 8, bytes.length & 0xff]);
    return Buffer.concat([head, bytes]);
  };
  const headers = [text(":message-type", "error"), text(":error-code", code), text(":error-message", message)];
  return encodeFrame(Buffer.concat(headers), Buffer.alloc(0));
}

function corrupt(why: string): ReturnType<typeof malformed> {
  return malformed(`An event of the stream cannot be read: ${why}.`);
}
