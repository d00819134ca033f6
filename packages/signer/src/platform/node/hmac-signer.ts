import { daySignerOf } from "../../signer/day-signer.ts";
import type { SigningKey } from "../../sigv4/signing-key.ts";

/**
 * The signature calculation of a key and a second: HMAC-SHA-256 over the string to sign, in hexadecimal.
 *
 * @returns a function of the hash of a canonical request: 64 hexadecimal digits.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createHmacSigner(key: SigningKey, timestamp: string): (canonicalRequestHash: string) => string {
  const { sign } = daySignerOf(key);
  return (hash) => sign(timestamp, hash);
}
