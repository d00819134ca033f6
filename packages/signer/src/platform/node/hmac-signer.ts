import * as portable from "../web/hmac-signer.ts";
import { type DigitSlot, digitSlot, stateBytes } from "../../crypto/machine/hex-digest-blocks.ts";
import { mac } from "./mac.ts";
import { absorb } from "../../crypto/sha256-digest.ts";
import { toHex } from "./sha256.ts";
import { CANONICAL, INNER, type Machine, machine, OUTER, RESULT } from "../../crypto/machine/machine.ts";
import { hmacKeyOf, secretOf, type SigningKey } from "../../sigv4/signing-key.ts";
import { ALGORITHM, stringToSign } from "../../sigv4/string-to-sign.ts";

/** Signs strings to sign that differ in their last line only, which is the hash of a canonical request. */
export interface Calculation {
  /** @param hash 64 hexadecimal digits. */
  (hash: string): string;
  /** @param hash the digits that the canonical request waits for. */
  readonly ofSlot: (machine: Machine, canonical: DigitSlot, hash: string) => string;
}

/**
 * The signature calculation of a key and a second. All of the string to sign but its last line stays the same, and so
 * do the pads of HMAC: what remains for each signature are two blocks and one. The first of a second is left to
 * OpenSSL: laying out pays off from the second on, and a process that signs once need not prepare for more.
 */
export function calculation(key: SigningKey, timestamp: string): Calculation {
  const prefix = stringToSign(ALGORITHM, timestamp, key.credentialScope, "");
  let isFirst = true;
  let portably: ((hash: string) => string) | undefined;
  let laidOut: LaidOut | undefined;

  function ofText(hash: string): string {
    if (isFirst) {
      isFirst = false;
      return toHex(mac(secretOf(key), prefix + hash));
    }
    const fast = machine();
    if (fast === undefined) return (portably ??= portable.calculation(key, timestamp))(hash);
    return (laidOut ??= layOut(fast, key, prefix)).ofText(hash);
  }

  return Object.assign(ofText, {
    ofSlot: (fast: Machine, canonical: DigitSlot, hash: string) =>
      (laidOut ??= layOut(fast, key, prefix)).ofSlot(canonical, hash),
  });
}

/** What signs in the machine, once all that stays the same is laid out. */
interface LaidOut {
  readonly ofText: (hash: string) => string;
  readonly ofSlot: (canonical: DigitSlot, hash: string) => string;
}

function layOut({ memory, mac: signText, sign }: Machine, key: SigningKey, prefix: string): LaidOut {
  const { inner, outer } = hmacKeyOf(key);
  const slot = digitSlot(absorb(inner, prefix));
  // The machine forgets keys: they are copied in for each signature.
  const laidOut = new Uint8Array(INNER - OUTER + slot.bytes.length);
  laidOut.set(stateBytes(outer.state));
  laidOut.set(slot.bytes, INNER - OUTER);
  const hole = INNER + slot.hole;
  const limit = OUTER + laidOut.length;
  const result = (): string => memory.latin1Slice(RESULT, RESULT + 64);

  return {
    ofText(hash) {
      memory.set(laidOut, OUTER);
      memory.latin1Write(hash, hole, 64);
      signText(limit);
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
