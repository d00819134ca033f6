import { hmac, hmacKey } from "../../crypto/hmac.ts";

/** HMAC-SHA-256 under a key that is used once. */
export function mac(key: Uint8Array, message: string): Uint8Array {
  return hmac(hmacKey(key), message);
}
