import { toHex } from "#platform/sha256";
import { hmac, type HmacKey, hmacKey } from "../crypto/hmac.ts";

const encoder = new TextEncoder();

/** The key of a credential scope: an HMAC over each of its parts, beginning with the secret. */
export function scopeKey(secretAccessKey: string, scope: string): HmacKey {
  return scope
    .split("/")
    .reduce((key, part) => hmacKey(hmac(key, part)), hmacKey(encoder.encode(`AWS4${secretAccessKey}`)));
}

/** The signature that a string to sign must have under a key. */
export function expectedSignature(key: HmacKey, stringToSign: string): string {
  return toHex(hmac(key, stringToSign));
}
