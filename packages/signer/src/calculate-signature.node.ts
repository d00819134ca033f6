import { absorb, digitSlot, digitsOfDigest, digitsOfText, finish } from "./midstate.ts";
import { wordsToHex } from "./sha256.node.ts";
import { compress } from "./sha256-unrolled.ts";
import { hmacKeyOf, type SigningKey } from "./signing-key.ts";
import { ALGORITHM, stringToSign } from "./string-to-sign.ts";

const digits = new Int32Array(16);
const result = new Int32Array(8);
// The message of the outer hash: a digest, then the padding of 96 bytes in all.
const outerBlock = Int32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1 << 31, 0, 0, 0, 0, 0, 0, 96 * 8);

/**
 * The signature calculation of a key and a second. All of the string to sign but its last line stays the same, and so
 * do the pads of HMAC: what remains for each signature are two blocks and one.
 */
export function calculation(key: SigningKey, timestamp: string): (canonicalRequestHash: string | Int32Array) => string {
  const { inner, outer } = hmacKeyOf(key);
  const prefix = stringToSign(ALGORITHM, timestamp, key.credentialScope, "");
  const slot = digitSlot(absorb(inner, prefix));

  return (hash) => {
    if (typeof hash === "string") digitsOfText(hash, digits);
    else digitsOfDigest(hash, digits);
    finish(slot, digits, result);
    outerBlock.set(result);
    compress(outer.state, outerBlock, 0, result);
    return wordsToHex(result);
  };
}
