import type { SignatureChain } from "@countersign/signer/verify";
import { Refusal } from "../refusal.ts";

/** How an `aws-chunked` body is to be read. */
export interface ChunkedForm {
  /** Absent where chunks are not signed. */
  readonly chain: SignatureChain | undefined;
  /** Names announced in `x-amz-trailer`; `undefined` where the form has no trailer. */
  readonly trailerNames: readonly string[] | undefined;
  /** `x-amz-decoded-content-length`. */
  readonly decodedLength: number;
}

/** AWS's clients send 64 KiB to 1 MiB a chunk; a chunk is held until its signature is verified. */
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
const MAX_LINE_BYTES = 8192;

/**
 * Reads an `aws-chunked` body as it arrives. Each chunk is verified before its bytes are passed on, and at most one
 * chunk is in memory.
 *
 * @param trailers receives the trailer when the body has ended.
 * @throws Refusal `IncompleteBody`, or the verifier's `SignatureDoesNotMatch`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export async function* chunkedBody(
  body: AsyncIterable<Buffer>,
  { chain, trailerNames, decodedLength }: ChunkedForm,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer, void, undefined> {
  const reader = createReader(body);
  let total = 0;
  for (;;) {
    const head = /^([\da-fA-F]{1,8})(?:;chunk-signature=([\da-f]{64}))?$/u.exec(await reader.line());
    const length = Number.parseInt(head?.[1] ?? "", 16);
    const signature = head?.[2];
    if (head === null || (chain === undefined) !== (signature === undefined) || length > MAX_CHUNK_BYTES)
      throw incomplete();
    total += length;
    if (total > decodedLength) throw incomplete();
    const chunk = await reader.bytes(length);
    chain?.chunk(chunk, signature ?? "");
    if (length === 0) break;
    if ((await reader.line()) !== "") throw incomplete();
    yield chunk;
  }
  if (total !== decodedLength) throw incomplete();
  if (trailerNames === undefined) {
    if ((await reader.line()) !== "") throw incomplete();
  } else await readTrailer(reader, chain, trailerNames, trailers);
  await reader.end();
}

async function readTrailer(
  reader: Reader,
  chain: SignatureChain | undefined,
  names: readonly string[],
  trailers: Map<string, string>,
): Promise<void> {
  let signature: string | undefined;
  let signed = "";
  for (let line = await reader.line(); line !== ""; line = await reader.line()) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "x-amz-trailer-signature") signature = value;
    else if (signature !== undefined || !names.includes(name) || trailers.has(name)) throw incomplete();
    else {
      trailers.set(name, value);
      signed += `${name}:${value}\n`;
    }
  }
  if (names.some((name) => !trailers.has(name))) throw incomplete();
  chain?.trailer(signed, signature ?? "");
}

interface Reader {
  /** The next line, without its CRLF. */
  line(): Promise<string>;
  /** The next `length` bytes. */
  bytes(length: number): Promise<Buffer>;
  /** Nothing may follow. */
  end(): Promise<void>;
}

function createReader(body: AsyncIterable<Buffer>): Reader {
  const source = body[Symbol.asyncIterator]();
  let pending: Buffer = Buffer.alloc(0);

  async function more(): Promise<Buffer | undefined> {
    for (;;) {
      const { done, value } = await source.next();
      if (done === true) return undefined;
      if (value.length > 0) return value;
    }
  }

  return {
    async line() {
      for (;;) {
        const end = pending.indexOf("\r\n");
        if (end >= 0) {
          const line = pending.toString("latin1", 0, end);
          pending = pending.subarray(end + 2);
          return line;
        }
        if (pending.length > MAX_LINE_BYTES) throw incomplete();
        const next = await more();
        if (next === undefined) throw incomplete();
        pending = pending.length === 0 ? next : Buffer.concat([pending, next]);
      }
    },
    async bytes(length) {
      if (pending.length >= length) {
        const found = pending.subarray(0, length);
        pending = pending.subarray(length);
        return found;
      }
      const pieces = [pending];
      let missing = length - pending.length;
      while (missing > 0) {
        const next = await more();
        if (next === undefined) throw incomplete();
        pieces.push(next.subarray(0, missing));
        pending = next.subarray(Math.min(missing, next.length));
        missing -= next.length;
      }
      return Buffer.concat(pieces, length);
    },
    async end() {
      if (pending.length > 0 || (await more()) !== undefined) throw incomplete();
    },
  };
}

function incomplete(): Refusal {
  return new Refusal(400, "IncompleteBody", "The body is not what its aws-chunked headers announce.");
}
