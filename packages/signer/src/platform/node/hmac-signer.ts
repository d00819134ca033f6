import * as portable from "../web/hmac-signer.ts";
import { type HexDigestBlocks, hexDigestBlocks, stateBytes } from "../../crypto/machine/hex-digest-blocks.ts";
import { mac } from "./mac.ts";
import { update } from "../../crypto/sha256-digest.ts";
import { toHex } from "./sha256.ts";
import { CANONICAL, INNER, type Machine, machine, OUTER, RESULT } from "../../crypto/machine/machine.ts";
import { hmacKeyOf, secretOf, type SigningKey } from "../../sigv4/signing-key.ts";
import { ALGORITHM, stringToSign } from "../../sigv4/string-to-sign.ts";

/** Signs strings to sign that differ in their last line only, which is the hash of a canonical request. */
export interface HmacSigner {
  /** Another one for each: tells whether what was made for one is still good, without holding its key. */
  readonly serial: number;
  /** @param hash 64 hexadecimal digits. */
  (hash: string): string;
  /** @param hash the digits that the canonical request waits for. */
  readonly signBlocks: (machine: Machine, canonical: HexDigestBlocks, hash: string) => string;
}

let serial = 0;

/**
 * The signature calculation of a key and a second. All of the string to sign but its last line stays the same, and so
 * do the pads of HMAC: what remains for each signature are two blocks and one. The first of a second is left to
 * OpenSSL: laying out pays off from the second on, and a process that signs once need not prepare for more.
 */
export function createHmacSigner(key: SigningKey, timestamp: string): HmacSigner {
  const prefix = stringToSign(ALGORITHM, timestamp, key.credentialScope, "");
  let isFirst = true;
  let portably: ((hash: string) => string) | undefined;
  let laidOut: LaidOut | undefined;

  function signHash(hash: string): string {
    if (isFirst) {
      isFirst = false;
      return toHex(mac(secretOf(key), prefix + hash));
    }
    const fast = machine();
    if (fast === undefined) return (portably ??= portable.createHmacSigner(key, timestamp))(hash);
    return (laidOut ??= layOut(fast, key, prefix)).signHash(hash);
  }

  return Object.assign(signHash, {
    serial: serial++,
    signBlocks: (fast: Machine, canonical: HexDigestBlocks, hash: string) =>
      (laidOut ??= layOut(fast, key, prefix)).signBlocks(canonical, hash),
  });
}

/** What signs in the machine, once all that stays the same is laid out. */
interface LaidOut {
  readonly signHash: (hash: string) => string;
  readonly signBlocks: (canonical: HexDigestBlocks, hash: string) => string;
}

function layOut({ memory, mac: signText, sign }: Machine, key: SigningKey, prefix: string): LaidOut {
  const { inner, outer } = hmacKeyOf(key);
  const slot = hexDigestBlocks(update(inner, prefix));
  // The machine forgets keys: they are copied in for each signature.
  const laidOut = new Uint8Array(INNER - OUTER + slot.bytes.length);
  laidOut.set(stateBytes(outer.state));
  laidOut.set(slot.bytes, INNER - OUTER);
  const digestOffset = INNER + slot.digestOffset;
  const limit = OUTER + laidOut.length;
  const result = (): string => memory.latin1Slice(RESULT, RESULT + 64);

  return {
    signHash(hash) {
      memory.set(laidOut, OUTER);
      memory.latin1Write(hash, digestOffset, 64);
      signText(limit);
      return result();
    },
    signBlocks(canonical, hash) {
      memory.set(canonical.bytes, CANONICAL);
      memory.latin1Write(hash, CANONICAL + canonical.digestOffset, 64);
      memory.set(laidOut, OUTER);
      sign(CANONICAL + canonical.bytes.length, digestOffset, limit);
      return result();
    },
  };
}
