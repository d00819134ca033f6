import { compress, toHex } from "#sha256";
import { absorb, type DigitSlot, digitSlot, digitsOfDigest, digitsOfText, finish } from "./midstate.ts";
import { hmacKeyOf, type SigningKey } from "./signing-key.ts";
import { ALGORITHM, stringToSign } from "./string-to-sign.ts";

/**
 * A signing key that has taken in a string to sign up to its last line. Everything before the hash of the canonical
 * request stays the same for a second, so do the pads of HMAC: what remains are two blocks and one.
 */
export interface SignatureState {
  readonly slot: DigitSlot;
  readonly outer: Int32Array;
}

/** Takes in all of the string to sign that does not depend on the request. */
export function signatureState(key: SigningKey, timestamp: string): SignatureState {
  const { inner, outer } = hmacKeyOf(key);
  const prefix = stringToSign(ALGORITHM, timestamp, key.credentialScope, "");
  return { slot: digitSlot(absorb({ state: inner, rest: "", length: 64 }, prefix)), outer };
}

const digits = new Int32Array(16);
const result = new Int32Array(8);
// The message of the outer hash: a digest, then the padding of 96 bytes in all.
const outerBlock = Int32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1 << 31, 0, 0, 0, 0, 0, 0, 96 * 8);

/** The signature of the string to sign that ends with this hash of a canonical request, in hexadecimal. */
export function calculateSignature(state: SignatureState, canonicalRequestHash: string): string {
  digitsOfText(canonicalRequestHash, digits);
  return finishSignature(state);
}

/** The same for a hash that is a digest. */
export function calculateSignatureOf(state: SignatureState, digest: Int32Array): string {
  digitsOfDigest(digest, digits);
  return finishSignature(state);
}

function finishSignature({ slot, outer }: SignatureState): string {
  finish(slot, digits, result);
  outerBlock.set(result);
  compress(outer, outerBlock, 0, result);
  return toHex(result);
}
