// The constants are fractions of roots of primes (FIPS 180-4, sections 4.2.2 and 5.3.3). Computing them is smaller than
// writing them down, and a double has 53 bits for the 32 that are needed.
const roots = new Int32Array(64);

/** The state before the first block. */
export const INITIAL_HASH: Int32Array = new Int32Array(8);

for (let candidate = 2, found = 0; found < 64; candidate++) {
  let divisor = 2;
  while (candidate % divisor) divisor++;
  if (divisor === candidate) {
    // The state has eight words; what is written beyond them is dropped.
    INITIAL_HASH[found] = (candidate ** (1 / 2) % 1) * 2 ** 32;
    roots[found++] = (candidate ** (1 / 3) % 1) * 2 ** 32;
  }
}

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

// The upper-case sigma of a word (FIPS 180-4, section 4.1.2), and the term that is always added to it. Each sum of two is
// cut to 32 bits at once, because browsers compile that into a faster addition.
const choose = (e: number, f: number, g: number): number =>
  ((turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (g ^ (e & (f ^ g)))) | 0;
const majority = (a: number, b: number, c: number): number =>
  ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) | (c & (a | b)))) | 0;

/**
 * The SHA-256 block function (FIPS 180-4, section 6.2.2) in its smallest form: compresses a block, the first 16 of 64
 * words, into the state. The other words are room for the schedule. No branch and no index depends on the data.
 */
export function compress(state: Int32Array, words: Int32Array): void {
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  // The schedule words two and one places before the next word, and the one sixteen places before it.
  let x = words[14]!;
  let y = words[15]!;
  let z = words[0]!;
  for (let i = 16; i < 64; i++) {
    const w = words[i - 15]!;
    z = (z + words[i - 7]!) | 0;
    z = (z + (turn(w, 7) ^ turn(w, 18) ^ (w >>> 3))) | 0;
    z = (z + (turn(x, 17) ^ turn(x, 19) ^ (x >>> 10))) | 0;
    words[i] = z;
    x = y;
    y = z;
    z = w;
  }
  // Two rounds at a time move half as many words.
  for (let i = 0; i < 64; i += 2) {
    const t = (((h + choose(e, f, g)) | 0) + ((roots[i]! + words[i]!) | 0)) | 0;
    const e1 = (d + t) | 0;
    const a1 = (t + majority(a, b, c)) | 0;
    const u = (((g + choose(e1, e, f)) | 0) + ((roots[i + 1]! + words[i + 1]!) | 0)) | 0;
    const a2 = (u + majority(a1, a, b)) | 0;
    h = f;
    g = e;
    f = e1;
    e = (c + u) | 0;
    d = b;
    c = a;
    b = a1;
    a = a2;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}
