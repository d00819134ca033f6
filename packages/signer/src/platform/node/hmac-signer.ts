import { type DaySigner, daySignerOf } from "../../signer/day-signer.ts";
import type { SigningKey } from "../../sigv4/signing-key.ts";

/** A function of the hash of a canonical request: 64 hexadecimal digits. */
export interface HmacSigner {
  (canonicalRequestHash: string): string;
  /** Signs with the same key in any second. */
  readonly day: DaySigner;
  /** A different number for each signer. It tells scopes apart without holding a key. */
  readonly serial: number;
}

let serial = 0;

/**
 * The signature calculation for one key and one second: HMAC-SHA-256 over the string to sign, in hexadecimal.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createHmacSigner(key: SigningKey, timestamp: string): HmacSigner {
  const day = daySignerOf(key);
  const sign = (hash: string): string => day.sign(timestamp, hash);
  sign.day = day;
  sign.serial = serial++;
  return sign;
}
