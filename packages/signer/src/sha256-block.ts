// The constants are fractions of roots of primes (FIPS 180-4, sections 4.2.2 and 5.3.3); computing them is smaller than
// writing them down, and 32 of the 53 bits of a double are asked for.
const roots = new Int32Array(64);

/** The state before the first block. */
export const initialState: Int32Array = new Int32Array(8);

for (let candidate = 2, found = 0; found < 64; candidate++) {
  let divisor = 2;
  while (candidate % divisor) divisor++;
  if (divisor === candidate) {
    // The state has eight words; what is written beyond them is dropped.
    initialState[found] = (candidate ** (1 / 2) % 1) * 2 ** 32;
    roots[found++] = (candidate ** (1 / 3) % 1) * 2 ** 32;
  }
}

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/**
 * The SHA-256 block function (FIPS 180-4, section 6.2.2) in its smallest form: folds a block, the first 16 of 64 words,
 * into the state. The other words are room for the schedule. No branch and no index depends on the data.
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
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15]!;
    const y = words[i - 2]!;
    words[i] =
      (words[i - 16]! +
        words[i - 7]! +
        (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) +
        (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))) |
      0;
  }
  for (let i = 0; i < 64; i++) {
    const t = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (g ^ (e & (f ^ g))) + roots[i]! + words[i]!) | 0;
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
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}
