import { CANONICAL, INNER, OUTER, OWN, RESULT, STATE } from "./machine.ts";
import { assemble, type Code } from "./assemble.ts";

// What lies in the part of the memory that only this program knows.
/** The 64 constants of the rounds. */
const CONSTANTS = OWN;
/** Sixteen words of the message schedule, with their constants added. */
const SCHEDULE: number = CONSTANTS + 256;
/** The message of HMAC's outer hash: a digest, and the padding of 96 bytes in all. */
const OUTER_BLOCK: number = SCHEDULE + 64;

const range = (length: number): readonly number[] => Array.from({ length }, (_, i) => i);
const lines = (length: number, line: (i: number) => string): string => range(length).map(line).join("\n");

/** The XOR of three rotations to the right, in steps, which takes no copies. */
const rotations = (x: string, a: number, b: number, c: number): string =>
  `${x} ${c - b} rotr ${x} xor ${b - a} rotr ${x} xor ${a} rotr`;

/** The XOR of two rotations and a shift of four words at once. Vectors do not rotate. */
const mix = (a: number, b: number, c: number): string =>
  `v ${a} v.shr v ${32 - a} v.shl v.xor v ${b} v.shr v.xor v ${32 - b} v.shl v.xor v ${c} v.shr v.xor`;

/**
 * One round. The working variables change names instead of places. Maj(a, b, c) is b ^ ((a ^ b) & (b ^ c)), and what is
 * a ^ b in one round is b ^ c in the next: x and y by turns.
 */
function round(i: number): string {
  const [a = "", b = "", , d = "", e = "", f = "", g = "", h = ""] = range(8).map((at) => "abcdefgh"[(at - i) & 7]);
  const [now, next] = i % 2 === 0 ? ["x", "y"] : ["y", "x"];
  return `${h} 0 load@${SCHEDULE + 4 * i} add ${f} ${g} xor ${e} and ${g} xor add =${h}
    ${rotations(e, 6, 11, 25)} =t
    ${d} ${h} add t add =${d}
    ${a} ${b} xor :${next} ${now} and ${b} xor ${h} t add add ${rotations(a, 2, 13, 22)} add =${h}`;
}

/** Puts four words of the schedule where the rounds read them. */
const put = (i: number): string => `0 w${i} at v.load@${CONSTANTS + 16 * i} v.add v.store@${SCHEDULE + 16 * i}`;

/** The next four words of the schedule, in place of the oldest: the latter two need the former two. */
function schedule(i: number): string {
  const [w0 = "", w4 = "", w8 = "", w12 = ""] = range(4).map((at) => `w${(i + at) & 3}`);
  return `${w0} ${w4} v.next =v ${mix(7, 18, 3)} ${w0} v.add ${w8} ${w12} v.next v.add =${w0}
    ${w12} =v ${mix(17, 19, 10)} zero v.low ${w0} v.add =${w0}
    ${w0} =v ${mix(17, 19, 10)} zero v.high ${w0} v.add =${w0}`;
}

/**
 * SHA-256 without its padding (FIPS 180-4, section 6.2.2): 16 rounds in a loop, then the 16 that need no schedule. That
 * does not stay: a block follows from the last of it, and may be of a key.
 */
const run: Code = {
  name: "run",
  parameters: ["from", "words", "limit", "to"],
  numbers: ["a", "b", "c", "d", "e", "f", "g", "h", "t", "x", "y", "at"],
  vectors: ["w0", "w1", "w2", "w3", "v", "zero"],
  body: `loop
    ${lines(8, (i) => `from load@${4 * i} =${"abcdefgh"[i]}`)}
    b c xor =x
    0 =at
    ${lines(4, (i) => `words v.load@${16 * i} words v.load@${16 * i} v.swap =w${i} ${put(i)}`)}
    loop
    at 64 add =at
    ${lines(16, (i) => (i % 4 === 3 ? `${round(i)} ${schedule(i >> 2)} ${put(i >> 2)}` : round(i)))}
    at 192 less again end
    ${lines(16, round)}
    ${lines(8, (i) => `to from load@${4 * i} ${"abcdefgh"[i]} add store@${4 * i}`)}
    to =from
    words 64 add :words limit less again end
    ${lines(4, (i) => `0 zero v.store@${SCHEDULE + 16 * i}`)}`,
};

/** Writes the digest at `from` to `to` in 64 hexadecimal digits. */
const digits: Code = {
  name: "digits",
  parameters: ["from", "to"],
  vectors: ["v"],
  body: lines(
    2,
    (i) => `from v.load@${16 * i} from v.load@${16 * i} v.swap =v
    to v.alphabet v v.high4 v v.low4 v.zip v.pick v.store@${32 * i}
    to v.alphabet v v.high4 v v.low4 v.zip2 v.pick v.store@${32 * i + 16}`,
  ),
};

/** HMAC-SHA-256 (RFC 2104), in digits, from the states after its pads, which do not stay. */
const mac: Code = {
  name: "mac",
  parameters: ["limit"],
  vectors: ["zero"],
  body: `${INNER} ${INNER + 32} limit ${STATE} call@0
    ${lines(2, (i) => `0 0 v.load@${STATE + 16 * i} 0 v.load@${STATE + 16 * i} v.swap v.store@${OUTER_BLOCK + 16 * i}`)}
    ${OUTER} ${OUTER_BLOCK} ${OUTER_BLOCK + 64} ${STATE} call@0
    ${STATE} ${RESULT} call@1
    ${lines(2, (i) => `0 zero v.store@${OUTER + 16 * i} 0 zero v.store@${INNER + 16 * i}`)}`,
};

/** The same for a string to sign that waits for the digits of a canonical request's digest. */
const sign: Code = {
  name: "sign",
  parameters: ["canonicalLimit", "digestOffset", "limit"],
  body: `${CANONICAL} ${CANONICAL + 32} canonicalLimit ${STATE} call@0 ${STATE} digestOffset call@1 limit call@2`,
};

/** The constants are fractions of the cube roots of primes (FIPS 180-4, section 4.2.2). */
function constants(): Uint8Array {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < 64; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return new Uint8Array(Int32Array.from(primes, (prime) => (prime ** (1 / 3) % 1) * 2 ** 32).buffer);
}

const outerPadding = new Uint8Array(32);
outerPadding[0] = 0x80;
new DataView(outerPadding.buffer).setUint32(28, 96 * 8);

/** The program of `machine.ts`. */
export const sha256Program: Uint8Array = assemble(
  [run, digits, mac, sign],
  new Map([
    [CONSTANTS, constants()],
    [OUTER_BLOCK + 32, outerPadding],
  ]),
);
