import { toHex } from "#platform/sha256";
import type { Hash } from "./sha256.ts";
import { digest, digestEnding, update } from "../../crypto/sha256-digest.ts";
import { hmacKeyOf, type SigningKey } from "../../sigv4/signing-key.ts";
import { ALGORITHM, stringToSign } from "../../sigv4/string-to-sign.ts";

/** A function of the hash of a canonical request: 64 hexadecimal digits, or the 32 bytes that they stand for. */
export type HmacSigner = (canonicalRequestHash: Hash) => string;

/**
 * The signature calculation for one key and one second: HMAC-SHA-256 over the string to sign, in hexadecimal. All lines
 * except the last, which is the hash of a canonical request, are hashed once.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createHmacSigner(key: SigningKey, timestamp: string): HmacSigner {
  const { inner, outer } = hmacKeyOf(key);
  const beginning = update(inner, stringToSign(ALGORITHM, timestamp, key.credentialScope, ""));
  return (hash) => toHex(digest(digestEnding(beginning, hash), outer));
}
