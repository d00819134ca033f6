import { sha256Hex, toHex } from "#platform/sha256";
import { readHeaders } from "../sigv4/canonical-headers.ts";
import { checkOptions, oneOf, optional, shape, type Shapes, unchecked } from "../errors/check-options.ts";
import { isRecord } from "../errors/is-record.ts";
import { SignerError } from "../errors/error.ts";
import { refuseOption } from "../errors/refuse.ts";
import { hmac } from "../crypto/hmac.ts";
import { isToken } from "../sigv4/header-rules.ts";
import { payloadHash } from "../sigv4/payload-hash.ts";
import { readRequest } from "../sigv4/read-request.ts";
import type { SignableRequest, SignedRequest } from "../sigv4/request.ts";
import { internalsOf, type Signer } from "../signer/signer.ts";
import { hmacKeyOf } from "../sigv4/signing-key.ts";
import type { HmacScope } from "../sigv4/signing-scope.ts";

/** Headers that follow the data, by name; a function is asked when all data has passed. */
export type Trailer = Readonly<Record<string, string | (() => string)>>;

/** An upload to Amazon S3 whose body is sent in signed chunks, without hashing all of it beforehand. */
export interface ChunkedUpload extends Omit<SignableRequest, "body" | "payload"> {
  /** Length of the data, in bytes. */
  readonly decodedLength: number;
  /** Length of all chunks but the last, in bytes; at least 8192. Default: 65,536. */
  readonly chunkSize?: number | undefined;
  /** Headers sent after the data, such as a checksum. */
  readonly trailer?: Trailer | undefined;
  /** Default: `streaming-signed`, with a trailer `streaming-signed-trailer`. */
  readonly payload?: "streaming-signed" | "streaming-signed-trailer" | "streaming-unsigned-trailer" | undefined;
}

/** A signed request, and how its body is made from the data. */
export interface SignedUpload extends Omit<SignedRequest, "body"> {
  /**
   * Encodes the data for sending. Starts over at each call, so that a request can be repeated while its signature is
   * fresh.
   *
   * @throws SignerError `INVALID_BODY` when there is less or more data than was announced; the last chunk is not sent.
   */
  encode(data: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void>;
}

// A member that is `unchecked` here is checked where it is used, by a more special error.
const uploadShapes: Shapes<ChunkedUpload> = {
  method: unchecked,
  url: unchecked,
  headers: unchecked,
  decodedLength: unchecked,
  chunkSize: unchecked,
  trailer: optional(shape("an object of header names and values", isRecord)),
  payload: optional(oneOf("streaming-signed", "streaming-signed-trailer", "streaming-unsigned-trailer")),
};

const encoder = new TextEncoder();
const MIN_CHUNK_BYTES = 8192;

/**
 * Signs an upload in chunks: `aws-chunked` with `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` and its variants.
 *
 * @throws SignerError `INVALID_OPTION` for lengths, trailers and modes that do not go together; otherwise as
 * `signer.sign`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 *
 * @example
 * const upload = await signChunked(signer, { method: "PUT", url, decodedLength: file.size });
 * await fetch(upload.url, {
 *   method: upload.method,
 *   headers: upload.headers,
 *   body: ReadableStream.from(upload.encode(file.stream())),
 *   duplex: "half",
 * });
 */
export async function signChunked(signer: Signer, upload: ChunkedUpload): Promise<SignedUpload> {
  const { signingScopeAt, signWith } = internalsOf(signer);
  const given = checkOptions(upload, uploadShapes, refuseOption);
  const { method, url, decodedLength, chunkSize = 65_536, trailer = {} } = given;
  const names = Object.keys(trailer).map((name) => name.toLowerCase());
  const { payload = names.length > 0 ? "streaming-signed-trailer" : "streaming-signed" } = given;
  check(Number.isSafeInteger(decodedLength) && decodedLength >= 0, "decodedLength: must be a whole number of bytes");
  check(
    Number.isSafeInteger(chunkSize) && chunkSize >= MIN_CHUNK_BYTES,
    "chunkSize: must be a whole number of bytes, at least 8192",
  );
  check(
    payload === "streaming-signed" ? names.length === 0 : names.length > 0,
    `payload: ${payload} must ${payload === "streaming-signed" ? "have no" : "have a"} trailer`,
  );
  check(names.every(isToken), "trailer: must have header names");

  const givenHeaders = readHeaders(given.headers);
  const encoding = givenHeaders["content-encoding"];
  const headers: Record<string, string> = {
    ...givenHeaders,
    "content-encoding": /^aws-chunked\b/.test(encoding ?? "aws-chunked")
      ? (encoding ?? "aws-chunked")
      : `aws-chunked,${encoding}`,
    "x-amz-decoded-content-length": String(decodedLength),
  };
  if (names.length > 0) headers["x-amz-trailer"] = names.join(",");
  const length = encodedLength(decodedLength, chunkSize, trailer, payload);
  if (length !== undefined) headers["content-length"] = String(length);

  const credentials = await signer.credentials();
  const scope = signingScopeAt(credentials);
  const signed = signWith(scope, readRequest({ method, url, headers }), payloadHash(undefined, payload));
  return {
    ...signed,
    encode: (data) =>
      encode(
        rechunk(data, chunkSize, decodedLength),
        payload === "streaming-unsigned-trailer" ? undefined : chunkSigner(scope, signed.signature),
        trailer,
      ),
  };
}

type ChunkSigner = (kind: "PAYLOAD" | "TRAILER", ...hashes: readonly string[]) => string;

/** Signs chunks in turn: each signature covers the one before. */
function chunkSigner(scope: HmacScope, seed: string): ChunkSigner {
  const key = hmacKeyOf(scope.key);
  let prior = seed;
  return (kind, ...hashes) => {
    const lines = [`AWS4-HMAC-SHA256-${kind}`, scope.timestamp, scope.credentialScope, prior, ...hashes];
    return (prior = toHex(hmac(key, lines.join("\n"))));
  };
}

async function* encode(
  chunks: AsyncIterable<Uint8Array>,
  sign: ChunkSigner | undefined,
  trailer: Trailer,
): AsyncGenerator<Uint8Array, void> {
  const empty = sha256Hex("");
  for await (const chunk of chunks) {
    const extension = sign === undefined ? "" : `;chunk-signature=${sign("PAYLOAD", empty, sha256Hex(chunk))}`;
    yield encoder.encode(`${chunk.length.toString(16)}${extension}\r\n`);
    if (chunk.length > 0) {
      yield chunk;
      yield encoder.encode("\r\n");
    }
  }
  let end = "";
  let signedLines = "";
  for (const [name, given] of Object.entries(trailer)) {
    const lower = name.toLowerCase();
    const value = trailerValue(lower, typeof given === "function" ? given() : given);
    end += `${lower}:${value}\r\n`;
    signedLines += `${lower}:${value}\n`;
  }
  if (sign !== undefined && end !== "") end += `x-amz-trailer-signature:${sign("TRAILER", sha256Hex(signedLines))}\r\n`;
  yield encoder.encode(`${end}\r\n`);
}

/** Cuts data into chunks of one size, the last being empty. */
async function* rechunk(
  data: Parameters<SignedUpload["encode"]>[0],
  size: number,
  length: number,
): AsyncGenerator<Uint8Array, void> {
  if (data instanceof Uint8Array ? false : !(Symbol.iterator in Object(data) || Symbol.asyncIterator in Object(data))) {
    throw new SignerError("INVALID_BODY", "data: must be a Uint8Array, or an iterable of them");
  }
  let chunk = new Uint8Array(Math.min(size, length));
  let filled = 0;
  let total = 0;
  for await (const piece of data instanceof Uint8Array ? [data] : data) {
    if (!(piece instanceof Uint8Array))
      throw new SignerError("INVALID_BODY", "data: must have pieces of type Uint8Array");
    total += piece.length;
    if (total > length) break;
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + chunk.length - filled);
      chunk.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled === chunk.length) {
        yield chunk;
        chunk = new Uint8Array(Math.min(size, length - total + piece.length - at));
        filled = 0;
      }
    }
  }
  if (total !== length) {
    throw new SignerError(
      "INVALID_BODY",
      `data: ${length} bytes were announced in decodedLength, and ${total > length ? "more" : total} came`,
    );
  }
  yield new Uint8Array();
}

function trailerValue(name: string, value: unknown): string {
  if (typeof value === "string" && /^[\t -~]*$/.test(value)) return value.trim();
  throw new SignerError("INVALID_HEADER", `trailer.${name}: must be a string of ASCII without line breaks`);
}

/** Length of the encoded body, when that is known beforehand. */
function encodedLength(
  length: number,
  size: number,
  trailer: Trailer,
  payload: ChunkedUpload["payload"],
): number | undefined {
  const extension = payload === "streaming-unsigned-trailer" ? 0 : ";chunk-signature=".length + 64;
  const framed = (bytes: number): number => bytes.toString(16).length + extension + 2 + (bytes > 0 ? bytes + 2 : 0);
  const last = length % size;
  let total = Math.floor(length / size) * framed(size) + (last > 0 ? framed(last) : 0) + framed(0) + 2;
  for (const [name, value] of Object.entries(trailer)) {
    if (typeof value === "function") return undefined;
    total += name.length + 1 + trailerValue(name, value).length + 2;
  }
  return payload === "streaming-signed-trailer" ? total + "x-amz-trailer-signature:".length + 64 + 2 : total;
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new SignerError("INVALID_OPTION", what);
}
