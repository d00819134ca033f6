import { daySignerOf } from "../../signer/day-signer.ts";
import type { SigningKey } from "../../sigv4/signing-key.ts";

/** A function of the hash of a canonical request: 64 hexadecimal digits. */
export type HmacSigner = (canonicalRequestHash: string) => string;

/**
 * The signature calculation for one key and one second: HMAC-SHA-256 over the string to sign, in hexadecimal.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createHmacSigner(key: SigningKey, timestamp: string): HmacSigner {
  const day = daySignerOf(key);
  return (hash) => day.sign(timestamp, hash);
}
