import { type CertificateFacts, type PrivateKey, readPrivateKey, signWithKey } from "#platform/x509";
import { refuse } from "../errors/refuse.ts";

/** An algorithm of SigV4-X509. */
export type X509Algorithm = "AWS4-X509-RSA-SHA256" | "AWS4-X509-ECDSA-SHA256" | "AWS4-X509-MLDSA";

/** Signs data with the key of a certificate. */
export type X509Sign = (data: Uint8Array, algorithm: X509Algorithm) => Uint8Array | Promise<Uint8Array>;

/**
 * The private key of a certificate: PEM text without a password, Node's `KeyObject`, or a function for a key that cannot
 * be exported (HSM, PKCS #11, TPM). The function returns the signature: of RSA by PKCS #1 v1.5 with SHA-256, of ECDSA
 * with SHA-256 in DER, of ML-DSA over the data itself.
 */
export type X509Key = string | PrivateKey | X509Sign;

const ALGORITHMS = {
  rsa: "AWS4-X509-RSA-SHA256",
  ec: "AWS4-X509-ECDSA-SHA256",
  "ml-dsa": "AWS4-X509-MLDSA",
} as const satisfies Record<NonNullable<CertificateFacts["keyType"]>, X509Algorithm>;

/** The algorithm of a certificate's key. @throws SignerError `INVALID_CERTIFICATE`. */
export function algorithmOf({ keyType }: CertificateFacts): X509Algorithm {
  if (keyType !== undefined) return ALGORITHMS[keyType];
  return refuse("INVALID_CERTIFICATE", "certificate: must have a key of RSA, ECDSA or ML-DSA");
}

/**
 * Makes the key of a certificate ready to sign.
 *
 * @throws SignerError `INVALID_OPTION`; `INVALID_CERTIFICATE` for a key of another type; `UNSUPPORTED_RUNTIME` for ML-DSA
 * before Node 24.
 */
export function readKey(key: X509Key, certificate: CertificateFacts): X509Sign {
  if (typeof key === "function") return key;
  if (certificate.keyName === undefined) {
    return refuse("UNSUPPORTED_RUNTIME", "key: ML-DSA needs Node 24 or newer, or a function that signs");
  }
  let privateKey: PrivateKey;
  try {
    privateKey = readPrivateKey(key);
  } catch {
    return refuse(
      "INVALID_OPTION",
      "key: must be a private key as PEM text without a password, a private KeyObject, or a function that signs",
    );
  }
  if (privateKey.asymmetricKeyType !== certificate.keyName) return refuseKey();
  return (data) => signWithKey(data, privateKey);
}

/** @throws SignerError `INVALID_CERTIFICATE`: the key is not that of the certificate. */
export function refuseKey(): never {
  return refuse(
    "INVALID_CERTIFICATE",
    "key: must be the key of the certificate, and sign by its algorithm; give the pair that was issued together",
  );
}
