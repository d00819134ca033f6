import { toHex } from "#sha256";
import { hmac } from "./hmac.ts";
import { absorb } from "./sha256-digest.ts";
import { hmacKeyOf, type SigningKey } from "./signing-key.ts";
import { ALGORITHM, stringToSign } from "./string-to-sign.ts";

/**
 * The signature calculation of a key and a second: HMAC-SHA-256 over the string to sign, in hexadecimal. All of that
 * but the last line, the hash of a canonical request, is taken in once.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function calculation(key: SigningKey, timestamp: string): (canonicalRequestHash: string) => string {
  const { inner, outer } = hmacKeyOf(key);
  const taken = absorb(inner, stringToSign(ALGORITHM, timestamp, key.credentialScope, ""));
  return (hash) => toHex(hmac({ inner: taken, outer }, hash));
}
