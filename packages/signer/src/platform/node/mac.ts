import { Buffer, createHmac, hash } from "../../crypto/node-crypto.ts";

/**
 * HMAC-SHA-256 under a key that is used once (RFC 2104): two hashes of OpenSSL, which needs no warming up. Node 24
 * needs ten times as long to turn bytes into a key as to hash.
 */
export function mac(key: Uint8Array, message: string): Uint8Array {
  const oneShot = hash;
  if (oneShot === undefined || key.length > 64) return createHmac("sha256", key).update(message).digest();
  const padded = (pad: number, data: Uint8Array): Uint8Array => {
    const bytes = Buffer.alloc(64 + data.length, pad);
    for (let i = 0; i < key.length; i++) bytes[i] = key[i]! ^ pad;
    bytes.set(data, 64);
    return oneShot("sha256", bytes, "buffer");
  };
  return padded(0x5c, padded(0x36, Buffer.from(message)));
}
