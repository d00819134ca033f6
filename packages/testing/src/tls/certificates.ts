import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import {
  bitString,
  boolean,
  context,
  integer,
  objectIdentifier,
  octetString,
  pem,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

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

// A validity that follows the clock would fail in tests that set the system clock: these dates cover all of them.
const usualNotBefore = new Date("2000-01-01T00:00:00Z");
const usualNotAfter = new Date("2099-12-31T23:59:59Z");

const ecdsaWithSha256 = "1.2.840.10045.4.3.2";
const rsaWithSha256 = "1.2.840.113549.1.1.11";

/**
 * Makes the authority that issues the certificates of the local servers (RFC 5280).
 *
 * Written here so that a test installs no dependency but the signer: `@peculiar/x509` 2.2 needs a `reflect-metadata`
 * polyfill before it is imported and brings 5 MB in 19 packages; `selfsigned` builds on it; `node-forge` signs no ECDSA.
 * Node's own `X509Certificate` only reads.
 */
export function createCertificateAuthority(): CertificateAuthority {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = distinguishedName("Countersign local AWS authority");
  const cert = certificate({
    subject: name,
    issuer: name,
    publicKey: authority.publicKey,
    signer: authority,
    extensions: [
      extension("2.5.29.19", "critical", sequence(boolean(true), integer(Uint8Array.of(0)))),
      extension("2.5.29.15", "critical", bitString(Uint8Array.of(0b0000_0110), 1)),
    ],
  });
  return {
    cert,
    issue({ names, key = "ec", notBefore, notAfter, selfSigned = false }) {
      const keys =
        key === "ec"
          ? generateKeyPairSync("ec", { namedCurve: "P-256" })
          : generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 0x10001 });
      const subject = distinguishedName(names[0] ?? "localhost");
      const leaf = certificate({
        subject,
        issuer: selfSigned ? subject : name,
        publicKey: keys.publicKey,
        signer: selfSigned ? keys : authority,
        notBefore,
        notAfter,
        extensions: [
          extension("2.5.29.19", "critical", sequence()),
          // digitalSignature for (EC)DHE, keyEncipherment for static RSA.
          extension("2.5.29.15", "critical", bitString(Uint8Array.of(key === "rsa" ? 0b1010_0000 : 0b1000_0000), 5)),
          extension("2.5.29.37", "optional", sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))),
          extension("2.5.29.17", "optional", sequence(...names.map(generalName))),
        ],
      });
      return { cert: leaf, key: keys.privateKey.export({ type: "pkcs8", format: "pem" }) as string };
    },
  };
}

interface CertificateFields {
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  readonly publicKey: KeyObject;
  readonly signer: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
  readonly extensions: readonly Uint8Array[];
}

/** RFC 5280 section 4.1, in the order of its ASN.1. */
function certificate(fields: CertificateFields): string {
  const algorithm =
    fields.signer.privateKey.asymmetricKeyType === "rsa"
      ? sequence(objectIdentifier(rsaWithSha256), Uint8Array.of(0x05, 0))
      : sequence(objectIdentifier(ecdsaWithSha256));
  const tbs = sequence(
    context(0, "constructed", integer(Uint8Array.of(2))),
    integer(Buffer.concat([Uint8Array.of(0x01), randomBytes(15)])),
    algorithm,
    fields.issuer,
    sequence(time(fields.notBefore ?? usualNotBefore), time(fields.notAfter ?? usualNotAfter)),
    fields.subject,
    fields.publicKey.export({ type: "spki", format: "der" }),
    context(
      3,
      "constructed",
      sequence(
        ...fields.extensions,
        extension("2.5.29.14", "optional", octetString(keyIdentifier(fields.publicKey))),
        extension("2.5.29.35", "optional", sequence(context(0, "primitive", keyIdentifier(fields.signer.publicKey)))),
      ),
    ),
  );
  const signature = sign("sha256", tbs, fields.signer.privateKey);
  return pem("CERTIFICATE", sequence(tbs, algorithm, bitString(signature)));
}

function extension(id: string, weight: "critical" | "optional", value: Uint8Array): Buffer {
  const critical = weight === "critical" ? [boolean(true)] : [];
  return sequence(objectIdentifier(id), ...critical, octetString(value));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier("2.5.4.3"), utf8String(commonName))));
}

function generalName(name: string): Buffer {
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

/** RFC 7093 section 2, method 1: the leftmost 160 bits of the SHA-256 of the key. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest()
    .subarray(0, 20);
}
