import { createHmac } from "./crypto.node.ts";

/** HMAC-SHA-256 under a key that is used once: OpenSSL's needs no warming up. */
export function mac(key: Uint8Array, message: string): Uint8Array {
  return createHmac("sha256", key).update(message).digest();
}
