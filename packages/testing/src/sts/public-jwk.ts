import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";

/**
 * A public key as a JSON Web Key. The key is read again from PEM first: Node 20 deadlocks when it collects garbage while it
 * exports a generated key in this format, because the ended generation waits for the lock that the export holds.
 */
export function publicJwk(key: KeyObject): JsonWebKey {
  return createPublicKey(key.export({ type: "spki", format: "pem" })).export({ format: "jwk" });
}
