import type { AwsCredentials } from "@countersign/signer";

/** As much of a secret in a row is a part of it that no error may quote. */
const PIECE_CHARS = 16;

/** Half a piece. Every piece of a text holds one of the halves that begin at a multiple of their length. */
const HALF_CHARS = PIECE_CHARS / 2;

/** What the token and the key id of credentials consist of, as they are and in Base64. */
interface Pieces {
  readonly whole: ReadonlySet<string>;
  /** To find most texts free of pieces with one look-up for eight characters. */
  readonly halves: ReadonlySet<string>;
}

const known = new WeakMap<AwsCredentials, Pieces>();

/**
 * Whether a text quotes a piece of the session token or the access key id: as it is, with escapes of URLs, JSON and XML,
 * in hexadecimal, as Amazon S3 prints a canonical request, or in Base64.
 */
export function quotesSecrets(text: string, credentials: AwsCredentials): boolean {
  if (text.length < PIECE_CHARS) return false;
  const pieces = known.get(credentials) ?? piecesOf(credentials);
  known.set(credentials, pieces);
  const plain = withoutPercent(unescaped(text));
  return [text, plain, withoutHex(plain)].some((one) => hasPiece(one, pieces));
}

function hasPiece(text: string, { whole, halves }: Pieces): boolean {
  for (const [run] of text.matchAll(/[\w+/=.-]{16,}/gu)) {
    const spelt = inOneAlphabet(run);
    for (let at = 0; at + HALF_CHARS <= spelt.length; at += HALF_CHARS) {
      if (!halves.has(spelt.slice(at, at + HALF_CHARS))) continue;
      for (let from = Math.max(0, at - HALF_CHARS); from <= at; from += 1)
        if (whole.has(spelt.slice(from, from + PIECE_CHARS))) return true;
    }
  }
  return false;
}

function piecesOf({ accessKeyId, sessionToken = "" }: AwsCredentials): Pieces {
  const whole = new Set<string>();
  const halves = new Set<string>();
  for (const secret of [accessKeyId, sessionToken]) {
    for (const form of [inOneAlphabet(secret), ...[0, 1, 2].map((before) => inBase64(secret, before))]) {
      for (let at = 0; at + PIECE_CHARS <= form.length; at += 1) whole.add(form.slice(at, at + PIECE_CHARS));
      for (let at = 0; at + HALF_CHARS <= form.length; at += 1) halves.add(form.slice(at, at + HALF_CHARS));
    }
  }
  return { whole, halves };
}

/** Text in Base64 after `before` other bytes, without the characters in which other bytes are too. */
function inBase64(text: string, before: number): string {
  const encoded = Buffer.from(" ".repeat(before) + text).toString("base64");
  return encoded.slice(Math.ceil((before * 4) / 3), Math.floor(((before + Buffer.byteLength(text)) * 4) / 3));
}

/** Base64 has two alphabets. */
function inOneAlphabet(text: string): string {
  return text.replaceAll("-", "+").replaceAll("_", "/");
}

/**
 * Text without the escapes of JSON and XML, those of quoted JSON and XML included. Each pattern matches in linear time.
 */
export function unescaped(text: string): string {
  const character = (code: string, base: number): string => String.fromCharCode(Number.parseInt(code, base));
  return text
    .replaceAll(/\\{1,8}(?:u([\da-f]{4})|x([\da-f]{2}))/giu, (_, long: string | undefined, short: string) =>
      character(long ?? short, 16),
    )
    .replaceAll("\\", "")
    .replaceAll(/&(?:amp;){0,4}#x0{0,8}([\da-f]{1,4});?/giu, (_, hex: string) => character(hex, 16))
    .replaceAll(/&(?:amp;){0,4}#0{0,8}(\d{1,5});?/gu, (_, decimal: string) => character(decimal, 10));
}

function withoutPercent(text: string): string {
  return text.replaceAll(/%(?:25){0,4}([\da-f]{2})/giu, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Text in which long runs of hexadecimal bytes, with and without separators, are the characters that they stand for. */
function withoutHex(text: string): string {
  return text.replaceAll(/(?:[\da-f]{2}[ :,]?){16,}/giu, (run) =>
    Buffer.from(run.replaceAll(/[ :,]/gu, ""), "hex").toString("latin1"),
  );
}
