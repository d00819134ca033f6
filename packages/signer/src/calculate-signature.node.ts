import { compress, toHex } from "#sha256";
import type { Calculation } from "./calculate-signature.ts";
import { absorb, digitSlot, digitsOfDigest, digitsOfText, finish } from "./midstate.ts";
import { hmacKeyOf, type SigningKey } from "./signing-key.ts";
import { ALGORITHM, stringToSign } from "./string-to-sign.ts";

export type { Calculation } from "./calculate-signature.ts";

const digits = new Int32Array(16);
const result = new Int32Array(8);
// The message of the outer hash: a digest, then the padding of 96 bytes in all.
const outerBlock = Int32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1 << 31, 0, 0, 0, 0, 0, 0, 96 * 8);

/**
 * The signature calculation of a key and a second. All of the string to sign but its last line stays the same, and so
 * do the pads of HMAC: what remains for each signature are two blocks and one.
 */
export function calculation(key: SigningKey, timestamp: string): Calculation {
  const { inner, outer } = hmacKeyOf(key);
  const prefix = stringToSign(ALGORITHM, timestamp, key.credentialScope, "");
  const slot = digitSlot(absorb({ state: inner, rest: "", length: 64 }, prefix));

  function calculate(): string {
    finish(slot, digits, result);
    outerBlock.set(result);
    compress(outer, outerBlock, 0, result);
    return toHex(result);
  }

  return {
    ofText(hash) {
      digitsOfText(hash, digits);
      return calculate();
    },
    ofDigest(hash) {
      digitsOfDigest(hash, digits);
      return calculate();
    },
  };
}
