/// <reference types="node" />
import { createECDH, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
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

/** An ECDSA signature with SHA-256, DER in hexadecimal. */
export function ecdsaSign({ privateKey }: KeyPair, message: string): string {
  return sign("sha256", Buffer.from(message), privateKey as KeyObject).toString("hex");
}
