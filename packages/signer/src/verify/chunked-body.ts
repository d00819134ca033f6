import type { SignatureChain } from "./signature-chain.ts";
import { VerifyError } from "./verify-error.ts";
import { trimSpace } from "./white-space.ts";

/** What an `aws-chunked` body carried. */
export interface ChunkedBody {
  readonly body: Uint8Array;
  /** Lower-case names. */
  readonly trailers: Readonly<Record<string, string>>;
}

/** A line with the size of a chunk, or a trailer. Amazon S3 takes 8 KB of headers. */
const MAX_LINE_BYTES = 8192;

/**
 * Reads an `aws-chunked` body and verifies each chunk before its bytes count.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 *
 * @param chain absent where the chunks are not signed.
 * @param trailerNames names announced in `x-amz-trailer`; `undefined` where the body has no trailer.
 */
export function readChunkedBody(
  bytes: Uint8Array,
  chain: SignatureChain | undefined,
  trailerNames: readonly string[] | undefined,
): ChunkedBody {
  const chunks: Uint8Array[] = [];
  let at = 0;
  const line = (end: string): string => {
    const start = at;
    while (at < bytes.length && bytes[at] !== end.charCodeAt(0)) at++;
    // The rest of a longer line would count as read, and no signature would cover it.
    if (at - start > MAX_LINE_BYTES) incomplete();
    const text = String.fromCharCode(...bytes.subarray(start, at));
    for (const character of end) if (bytes[at++] !== character.charCodeAt(0)) incomplete();
    return text;
  };

  for (;;) {
    const [, size, signature] =
      /^([\da-fA-F]{1,8})(?:;chunk-signature=([\da-f]{64}))?$/.exec(line("\r\n")) ?? incomplete();
    const length = Number.parseInt(size ?? "", 16);
    if ((chain === undefined) !== (signature === undefined) || at + length > bytes.length) incomplete();
    const chunk = bytes.subarray(at, at + length);
    chain?.chunk(chunk, signature ?? "");
    at += length;
    if (length === 0) break;
    if (line("\r\n") !== "") incomplete();
    chunks.push(chunk);
  }

  const trailers: Record<string, string> = {};
  let signed = "";
  if (trailerNames !== undefined) {
    let signature: string | undefined;
    for (let text = line("\r\n"); text !== ""; text = line("\r\n")) {
      const colon = text.indexOf(":");
      const [name, value] = [text.slice(0, colon).toLowerCase(), trimSpace(text.slice(colon + 1))];
      // One signature, and only where chunks are signed: it ends what it covers.
      if (name === "x-amz-trailer-signature" && chain !== undefined && signature === undefined) signature = value;
      else if (signature !== undefined || !trailerNames.includes(name) || Object.hasOwn(trailers, name)) incomplete();
      else {
        Object.defineProperty(trailers, name, { __proto__: null, value, enumerable: true } as object);
        signed += `${name}:${value}\n`;
      }
    }
    chain?.trailer(signed, signature ?? "");
  } else if (line("\r\n") !== "") incomplete();
  if (at !== bytes.length || trailerNames?.some((name) => !Object.hasOwn(trailers, name)) === true) incomplete();
  return { body: concat(chunks), trailers };
}

function incomplete(): never {
  throw new VerifyError("IncompleteBody", "The body is not what its aws-chunked headers announce.");
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
