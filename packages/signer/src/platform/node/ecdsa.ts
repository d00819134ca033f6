/// <reference types="node" />
import { createECDH, createPrivateKey, createPublicKey, KeyObject, sign } from "node:crypto";
import { keyOptions } from "../../crypto/key-options.ts";
import type { KeyPair } from "../web/ecdsa.ts";

export type { EcKey, KeyPair } from "../web/ecdsa.ts";

/** The key pair of a private key. */
export function deriveKeys(privateKey: Uint8Array): KeyPair {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(privateKey);
  const point = ecdh.getPublicKey();
  const key = createPrivateKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      d: Buffer.from(privateKey).toString("base64url"),
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33).toString("base64url"),
    },
  });
  return { privateKey: key, publicKey: createPublicKey(key) };
}

/** Whether a value is a private key of an elliptic curve. */
export function isEcKey(key: unknown): boolean {
  return key instanceof KeyObject && key.type === "private" && key.asymmetricKeyType === "ec";
}

/** An ECDSA signature with SHA-256, DER in hexadecimal. */
export function ecdsaSign({ privateKey }: KeyPair, message: string): string {
  return sign("sha256", Buffer.from(message), keyOptions({ key: privateKey as KeyObject })).toString("hex");
}
