import { SignerError } from "../../errors/error.ts";

/** A key of P-256, as Node's `KeyObject`. */
export interface EcKey {
  readonly type: string;
  export(options: { readonly format: "jwk" }): unknown;
}

/** The key pair that an access key stands for. */
export interface KeyPair {
  readonly privateKey: EcKey;
  readonly publicKey: EcKey;
}

/** The key pair of a private key. */
export function deriveKeys(_privateKey: Uint8Array): KeyPair {
  return unsupported();
}

/** Whether a value is a private key of an elliptic curve. */
export function isEcKey(_key: unknown): boolean {
  return unsupported();
}

/** An ECDSA signature with SHA-256, DER in hexadecimal. */
export function ecdsaSign(_keys: KeyPair, _message: string): string {
  return unsupported();
}

// WebCrypto signs asynchronously only, and finds no public key to a private one everywhere.
function unsupported(): never {
  throw new SignerError("UNSUPPORTED_RUNTIME", "SigV4a needs node:crypto, which this runtime does not have");
}
