import { crc32 } from "#platform/crc32";
import { SageMakerError } from "../core/error.ts";
import { preludeBytes, trailerBytes } from "./event-message.ts";

/** The value of a header to send: a string, bytes, or a timestamp. */
export type SentHeaderValue = string | Uint8Array | Date;

/** A message to send. Headers whose value is undefined are left out. */
export interface SentMessage {
  readonly headers: Readonly<Record<string, SentHeaderValue | undefined>>;
  readonly payload: Uint8Array;
}

/** https://smithy.io/2.0/aws/amazon-eventstream.html#event-stream-header-types */
const headerType = { bytes: 6, string: 7, timestamp: 8 } as const;
const maxValueBytes = 0x7fff;
const encoder = new TextEncoder();

/**
 * Encodes one message, CRCs included.
 *
 * @throws SageMakerError `INVALID_HEADER` for a header that the format cannot hold.
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html#eventstream-wire-format
 */
export function encodeMessage({ headers, payload }: SentMessage): Uint8Array {
  const encoded: Uint8Array[] = [];
  let headerBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const header = encodeHeader(name, value);
    encoded.push(header);
    headerBytes += header.length;
  }
  const end = preludeBytes + headerBytes + payload.length;
  const bytes = new Uint8Array(end + trailerBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length);
  view.setUint32(4, headerBytes);
  view.setUint32(8, crc32(bytes.subarray(0, 8)));
  let at = preludeBytes;
  for (const part of [...encoded, payload]) {
    bytes.set(part, at);
    at += part.length;
  }
  view.setUint32(end, crc32(bytes.subarray(0, end)));
  return bytes;
}

function encodeHeader(name: string, value: SentHeaderValue): Uint8Array {
  const nameBytes = encoder.encode(name);
  if (nameBytes.length === 0 || nameBytes.length > 0xff) {
    throw new SageMakerError("INVALID_HEADER", "event header: its name must have 1 to 255 bytes");
  }
  const at = 1 + nameBytes.length;
  const data = typeof value === "string" ? encoder.encode(value) : value;
  const bytes = new Uint8Array(at + 1 + (data instanceof Date ? 8 : 2 + data.length));
  const view = new DataView(bytes.buffer);
  bytes[0] = nameBytes.length;
  bytes.set(nameBytes, 1);
  if (data instanceof Date) {
    bytes[at] = headerType.timestamp;
    view.setBigInt64(at + 1, BigInt(data.getTime()));
    return bytes;
  }
  if (data.length > maxValueBytes) {
    throw new SageMakerError(
      "INVALID_HEADER",
      `${name}: must have at most ${maxValueBytes} bytes; it has ${data.length}`,
    );
  }
  bytes[at] = typeof value === "string" ? headerType.string : headerType.bytes;
  view.setUint16(at + 1, data.length);
  bytes.set(data, at + 3);
  return bytes;
}
