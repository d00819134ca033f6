import type { SignatureChain } from "@countersign/signer/verify";
import { Refusal } from "../refusal.ts";
import type { HeldMemory } from "./buffer-budget.ts";
import { type ByteReader, createByteReader } from "./byte-reader.ts";
import { refusalOf } from "./refusal-of.ts";

/** How an `aws-chunked` body is to be read. */
export interface ChunkedForm {
  /** Absent where chunks are not signed. */
  readonly chain: SignatureChain | undefined;
  /** Names announced in `x-amz-trailer`; `undefined` where the form has no trailer. */
  readonly trailerNames: readonly string[] | undefined;
  /** `x-amz-decoded-content-length`. */
  readonly decodedLength: number;
  /** Holds one signed chunk. */
  readonly memory: HeldMemory;
}

/** AWS's clients sign 64 KiB to 1 MiB a chunk; a signed chunk is held until it is verified. */
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;

/**
 * Reads an `aws-chunked` body as it arrives. A signed chunk is verified before its bytes are passed on, and at most one is
 * in memory. A chunk that is not signed is passed on as it comes: the AWS SDKs for Go and Rust send a body in one.
 *
 * @param trailers receives the trailer when the body has ended.
 * @throws Refusal `IncompleteBody`, `SignatureDoesNotMatch`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export async function* chunkedBody(
  body: AsyncIterable<Buffer>,
  { chain, trailerNames, decodedLength, memory }: ChunkedForm,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer, void, undefined> {
  const reader = createByteReader(body, incomplete);
  let total = 0;
  for (;;) {
    const head = /^([\da-fA-F]{1,8})(?:;chunk-signature=([\da-f]{64}))?$/u.exec(await reader.line());
    const length = Number.parseInt(head?.[1] ?? "", 16);
    const signature = head?.[2];
    if (head === null || (chain === undefined) !== (signature === undefined) || (chain && length > MAX_CHUNK_BYTES))
      throw incomplete();
    total += length;
    if (total > decodedLength) throw incomplete();
    if (chain === undefined) {
      if (length === 0) break;
      yield* reader.pieces(length);
      if ((await reader.line()) !== "") throw incomplete();
      continue;
    }
    try {
      memory.take(length);
      const chunk = await reader.bytes(length);
      verify(() => chain.chunk(chunk, signature ?? ""));
      if (length === 0) break;
      if ((await reader.line()) !== "") throw incomplete();
      yield chunk;
    } finally {
      memory.end();
    }
  }
  if (total !== decodedLength) throw incomplete();
  if (trailerNames === undefined) {
    if ((await reader.line()) !== "") throw incomplete();
  } else await readTrailer(reader, chain, trailerNames, trailers);
  if (!(await reader.hasEnded())) throw incomplete();
}

async function readTrailer(
  reader: ByteReader,
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
    // One signature, and only where chunks are signed: it ends what it covers.
    if (name === "x-amz-trailer-signature" && chain !== undefined && signature === undefined) signature = value;
    else if (signature !== undefined || !names.includes(name) || trailers.has(name) || !/^[\t -~]*$/u.test(value))
      throw incomplete();
    else {
      trailers.set(name, value);
      signed += `${name}:${value}\n`;
    }
  }
  if (names.some((name) => !trailers.has(name))) throw incomplete();
  if (chain !== undefined) verify(() => chain.trailer(signed, signature ?? ""));
}

/** Runs a step of the chain. @throws Refusal `SignatureDoesNotMatch`. */
function verify(step: () => void): void {
  try {
    step();
  } catch (error) {
    throw refusalOf(error);
  }
}

function incomplete(): Refusal {
  return new Refusal(400, "IncompleteBody", "The body is not what its aws-chunked headers announce.");
}
