import * as portable from "./calculate-signature.ts";
import { absorb, type DigitSlot, digitSlot, stateBytes } from "./midstate.ts";
import { CANONICAL, INNER, machine, OUTER, RESULT } from "./sha256-machine.node.ts";
import { hmacKeyOf, type SigningKey } from "./signing-key.ts";
import { ALGORITHM, stringToSign } from "./string-to-sign.ts";

/** Signs strings to sign that differ in their last line only, which is the hash of a canonical request. */
export interface Calculation {
  /** @param hash 64 hexadecimal digits. */
  readonly ofText: (hash: string) => string;
  /** @param hash the digits that the canonical request waits for. Missing where there is no WebAssembly. */
  readonly ofSlot?: (canonical: DigitSlot, hash: string) => string;
}

/**
 * The signature calculation of a key and a second. All of the string to sign but its last line stays the same, and so
 * do the pads of HMAC: what remains for each signature are two blocks and one.
 */
export function calculation(key: SigningKey, timestamp: string): Calculation {
  if (machine === undefined) return { ofText: portable.calculation(key, timestamp).ofText };
  const { memory, mac, sign } = machine;
  const { inner, outer } = hmacKeyOf(key);
  const prefix = stringToSign(ALGORITHM, timestamp, key.credentialScope, "");
  const slot = digitSlot(absorb({ state: inner, rest: "", length: 64 }, prefix));
  // The machine forgets keys: they are copied in for each signature.
  const laidOut = new Uint8Array(INNER - OUTER + slot.bytes.length);
  laidOut.set(stateBytes(outer));
  laidOut.set(slot.bytes, INNER - OUTER);
  const hole = INNER + slot.hole;
  const limit = OUTER + laidOut.length;
  const result = (): string => memory.latin1Slice(RESULT, RESULT + 64);

  return {
    ofText(hash) {
      memory.set(laidOut, OUTER);
      memory.latin1Write(hash, hole, 64);
      mac(limit);
      return result();
    },
    ofSlot(canonical, hash) {
      memory.set(canonical.bytes, CANONICAL);
      memory.latin1Write(hash, CANONICAL + canonical.hole, 64);
      memory.set(laidOut, OUTER);
      sign(CANONICAL + canonical.bytes.length, hole, limit);
      return result();
    },
  };
}
