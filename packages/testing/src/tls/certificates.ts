import { generateKeyPairSync } from "node:crypto";
import { isIP } from "node:net";
import { context, objectIdentifier, sequence } from "./der.ts";
import {
  basicConstraints,
  commonName,
  distinguishedName,
  extension,
  keyUsage,
  usages,
  writeCertificate,
} from "./write-certificate.ts";

/** What a TLS server presents. */
interface ServerIdentity {
  /** Private key, PEM. */
  readonly key: string;
  /** Certificate, PEM. */
  readonly cert: string;
}

/** What to put into a server's certificate. */
interface LeafOptions {
  /** DNS names (a leading `*.` for one label) and IP addresses. */
  readonly names: readonly string[];
  /** Key type. Static RSA key exchange needs `rsa`. Default `ec` (P-256). */
  readonly key?: "ec" | "rsa";
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Sign with the certificate's own key instead of the authority's. Default false. */
  readonly selfSigned?: boolean;
}

/** A certificate authority. Its private key stays in this process. */
export interface CertificateAuthority {
  /** Its certificate, PEM, for clients to trust. */
  readonly cert: string;
  issue(options: LeafOptions): ServerIdentity;
}

/**
 * Makes the authority that issues the certificates of the local servers (RFC 5280).
 *
 * Written here so that a test installs no dependency but the signer: `@peculiar/x509` 2.2 needs a `reflect-metadata`
 * polyfill before it is imported and brings 5 MB in 19 packages; `selfsigned` builds on it; `node-forge` signs no ECDSA.
 * Node's own `X509Certificate` only reads.
 */
export function createCertificateAuthority(): CertificateAuthority {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = distinguishedName([[commonName, "Countersign local AWS authority"]]);
  const cert = writeCertificate({
    subject: name,
    issuer: name,
    publicKey: authority.publicKey,
    signer: authority,
    extensions: [basicConstraints({ pathLength: 0 }), keyUsage(usages.certificateSign | usages.crlSign)],
  });
  return {
    cert,
    issue({ names, key = "ec", notBefore, notAfter, selfSigned = false }) {
      const keys =
        key === "ec"
          ? generateKeyPairSync("ec", { namedCurve: "P-256" })
          : generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 0x10001 });
      const subject = distinguishedName([[commonName, names[0] ?? "localhost"]]);
      const leaf = writeCertificate({
        subject,
        issuer: selfSigned ? subject : name,
        publicKey: keys.publicKey,
        signer: selfSigned ? keys : authority,
        notBefore,
        notAfter,
        extensions: [
          basicConstraints(undefined),
          // A digital signature for (EC)DHE, key encipherment for static RSA.
          keyUsage(key === "rsa" ? usages.digitalSignature | usages.keyEncipherment : usages.digitalSignature),
          extension("2.5.29.37", "optional", sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))),
          extension("2.5.29.17", "optional", sequence(...names.map(serverName))),
        ],
      });
      return { cert: leaf, key: keys.privateKey.export({ type: "pkcs8", format: "pem" }) as string };
    },
  };
}

function serverName(name: string): Buffer {
  const family = isIP(name);
  if (family === 0) return context(2, "primitive", Buffer.from(name, "ascii"));
  return context(7, "primitive", family === 4 ? Uint8Array.from(name.split("."), Number) : ipv6Bytes(name));
}

function ipv6Bytes(address: string): Uint8Array {
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...left, ...Array.from<string>({ length: 8 - left.length - right.length }).fill("0"), ...right];
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
}
