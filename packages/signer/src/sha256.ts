import { digest } from "./sha256-digest.ts";

// The constants are fractions of roots of primes (FIPS 180-4, sections 4.2.2 and 5.3.3); computing them is smaller than
// writing them down, and 32 of the 53 bits of a double are asked for.
const roots = new Int32Array(64);
const initial = new Int32Array(8);
for (let candidate = 2, found = 0; found < 64; candidate++) {
  let divisor = 2;
  while (candidate % divisor !== 0) divisor++;
  if (divisor === candidate) {
    if (found < 8) initial[found] = (candidate ** (1 / 2) % 1) * 2 ** 32;
    roots[found++] = (candidate ** (1 / 3) % 1) * 2 ** 32;
  }
}

/** The state before the first block. */
export const initialState: Int32Array = initial;

const schedule = new Int32Array(64);

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The block function in its smallest form. No branch and no index depends on the data. */
export function compress(from: Int32Array, words: Int32Array, at: number, to: Int32Array): void {
  let a = from[0]!;
  let b = from[1]!;
  let c = from[2]!;
  let d = from[3]!;
  let e = from[4]!;
  let f = from[5]!;
  let g = from[6]!;
  let h = from[7]!;
  for (let i = 0; i < 64; i++) {
    if (i < 16) schedule[i] = words[at + i]!;
    else {
      const x = schedule[i - 15]!;
      const y = schedule[i - 2]!;
      schedule[i] =
        schedule[i - 16]! +
        schedule[i - 7]! +
        (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) +
        (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
    }
    const t = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (g ^ (e & (f ^ g))) + roots[i]! + schedule[i]!;
    h = g;
    g = f;
    f = e;
    e = (d + t) | 0;
    d = c;
    const u = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) | (c & (a | b)));
    c = b;
    b = a;
    a = (t + u) | 0;
  }
  to[0] = from[0]! + a;
  to[1] = from[1]! + b;
  to[2] = from[2]! + c;
  to[3] = from[3]! + d;
  to[4] = from[4]! + e;
  to[5] = from[5]! + f;
  to[6] = from[6]! + g;
  to[7] = from[7]! + h;
}

const pairs = Array.from({ length: 256 }, (_, byte) => (256 + byte).toString(16).slice(1));

/** A digest or state as lower-case hexadecimal. */
export function toHex(words: Int32Array): string {
  let hex = "";
  for (let i = 0; i < 32; i++) hex += pairs[(words[i >> 2]! >>> (24 - 8 * (i & 3))) & 255]!;
  return hex;
}

const encoder = new TextEncoder();
const encoded = new Uint8Array(8192);

/** SHA-256 of the UTF-8 bytes of a string, or of bytes, as 8 words. */
function sha256(data: string | Uint8Array): Int32Array {
  if (typeof data !== "string") return digest(compress, initial, 0, data);
  // A character takes at most three bytes.
  if (data.length * 3 > encoded.length) return sha256(encoder.encode(data));
  return digest(compress, initial, 0, encoded, encoder.encodeInto(data, encoded).written);
}

/** The same as lower-case hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return toHex(sha256(data));
}

/** From this size on handing a body to WebCrypto costs less than hashing it here. */
const LARGE = 32_768;

/** SHA-256 of a body: by the runtime's own code, when it is large and there is such a thing. */
export function sha256HexLater(data: string | Uint8Array): string | Promise<string> {
  if (data.length < LARGE || globalThis.crypto?.subtle === undefined) return sha256Hex(data);
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  return crypto.subtle
    .digest("SHA-256", bytes as BufferSource)
    .then((result) => Array.from(new Uint8Array(result), (byte) => pairs[byte]).join(""));
}
