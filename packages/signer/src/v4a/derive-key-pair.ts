import { deriveKeys, type KeyPair } from "#platform/ecdsa";
import type { AwsCredentials } from "../credentials/credentials.ts";
import { readCredentials } from "../credentials/read-credentials.ts";
import { hmac, hmacKey } from "../crypto/hmac.ts";
import { SignerError } from "../errors/error.ts";

/** The algorithm of Signature Version 4a. */
export const ALGORITHM = "AWS4-ECDSA-P256-SHA256";

/** The order of P-256, less 2 (SEC 2, section 2.4.2). */
const MAX_CANDIDATE = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254f";

/**
 * Derives the key pair of an access key: HMAC-SHA-256 in counter mode (NIST SP 800-108) over a fixed label and the key
 * id, until the result is a private key of P-256. The same for every region and day.
 *
 * @throws SignerError `INVALID_ACCESS_KEY`, or `UNSUPPORTED_RUNTIME` where there is no `node:crypto`.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export function deriveKeyPair(credentials: Pick<AwsCredentials, "accessKeyId" | "secretAccessKey">): KeyPair {
  const { accessKeyId, secretAccessKey } = readCredentials(credentials);
  const encoder = new TextEncoder();
  const key = hmacKey(encoder.encode(`AWS4A${secretAccessKey}`));
  for (let counter = 1; counter < 255; counter++) {
    const input = `\0\0\0\x01${ALGORITHM}\0${accessKeyId}${String.fromCharCode(counter)}\0\0\x01\0`;
    const candidate = hmac(
      key,
      Uint8Array.from(input, (character) => character.charCodeAt(0)),
    );
    if (!isTooLarge(candidate)) return deriveKeys(plusOne(candidate));
  }
  throw new SignerError("INVALID_ACCESS_KEY", "accessKeyId: no key pair follows from it");
}

// Both functions go through all bytes, whatever the bytes are: the candidate is secret.
function isTooLarge(candidate: Uint8Array): boolean {
  let borrow = 0;
  for (let i = 31; i >= 0; i--) {
    borrow = (Number.parseInt(MAX_CANDIDATE.slice(2 * i, 2 * i + 2), 16) - candidate[i]! - borrow) >>> 31;
  }
  return borrow === 1;
}

function plusOne(candidate: Uint8Array): Uint8Array {
  const sum = candidate.slice();
  for (let i = 31, carry = 1; i >= 0; i--) {
    carry += candidate[i]!;
    sum[i] = carry;
    carry >>>= 8;
  }
  return sum;
}
