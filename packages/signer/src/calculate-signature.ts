import { toHex } from "#sha256";
import { hmac } from "./hmac.ts";
import { hmacKeyOf, type SigningKey } from "./signing-key.ts";
import { ALGORITHM, stringToSign } from "./string-to-sign.ts";

const encoder = new TextEncoder();

/** Signs strings to sign that differ in their last line only, which is the hash of a canonical request. */
export interface Calculation {
  /** @param hash 64 hexadecimal digits. */
  readonly ofText: (hash: string) => string;
  /** @param hash a digest. */
  readonly ofDigest: (hash: Int32Array) => string;
}

/**
 * The signature calculation of a key and a second: HMAC-SHA-256 over the string to sign, in hexadecimal.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function calculation(key: SigningKey, timestamp: string): Calculation {
  const macKey = hmacKeyOf(key);
  const ofText = (hash: string): string => {
    const text = stringToSign(ALGORITHM, timestamp, key.credentialScope, hash);
    return toHex(hmac(macKey, encoder.encode(text)));
  };
  return { ofText, ofDigest: (digest) => ofText(toHex(digest)) };
}
