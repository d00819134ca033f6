import { SignerError } from "../../errors/error.ts";

/** A private key, as Node's `KeyObject`. */
export interface PrivateKey {
  readonly type: string;
  readonly asymmetricKeyType?: string | undefined;
}

/** What a signature needs of a certificate. */
export interface CertificateFacts {
  /** DER in base64. */
  readonly base64: string;
  /** In decimal. */
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** `undefined`: a key that Roles Anywhere does not accept. */
  readonly keyType: "rsa" | "ec" | "ml-dsa" | undefined;
  /** The name of the key's type in this runtime, such as `ml-dsa-65`. `undefined`: the runtime cannot read such a key. */
  readonly keyName: string | undefined;
  /** Whether the certificate is that of an authority. */
  readonly isAuthority: boolean;
  /** Whether a signature is from the certificate's key. `undefined`: this runtime cannot tell. */
  verifies(data: Uint8Array, signature: Uint8Array): boolean | undefined;
}

/** Reads one certificate in DER. @throws whatever the platform throws when it is not one. */
export function readCertificate(_der: Uint8Array): CertificateFacts {
  return unsupported();
}

/** The private key of a PEM text, or the given one. @throws whatever the platform throws when it is not one. */
export function readPrivateKey(_key: string | PrivateKey): PrivateKey {
  return unsupported();
}

/** Signs with PKCS #1 v1.5 and SHA-256, ECDSA and SHA-256 in DER, or ML-DSA. */
export function signWithKey(_data: Uint8Array, _key: PrivateKey): Uint8Array {
  return unsupported();
}

/** Bytes in hexadecimal. */
export function hexOf(_bytes: Uint8Array): string {
  return unsupported();
}

/** The bytes of a base64 text. */
export function bytesOf(_base64: string): Uint8Array {
  return unsupported();
}

// WebCrypto reads no certificates.
function unsupported(): never {
  throw new SignerError("UNSUPPORTED_RUNTIME", "SigV4-X509 needs node:crypto, which this runtime does not have");
}
