import { generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { checkOptions, flag, listOf, oneOf, optional, shape, type Shapes, text } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { dateShape, isObject } from "../shapes.ts";
import { context, objectIdentifier, sequence } from "../tls/der.ts";
import {
  basicConstraints,
  commonName,
  distinguishedName,
  extension,
  keyUsage,
  usages,
  writeCertificate,
} from "../tls/write-certificate.ts";
import { attributeNames } from "./certificate.ts";
import type { CertificateOptions } from "./options.ts";

/** A certificate for a workload, and its key. */
export interface LocalCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly key: string;
  /** The certificates between it and the trust anchor, PEM; empty if the trust anchor issued it. */
  readonly chain: string;
  /** In decimal. */
  readonly serialNumber: string;
}

/** The authority behind the trust anchor that every local AWS has. */
export interface WorkloadAuthority {
  /** Its certificate, PEM. */
  readonly certificate: string;
  issue(options: CertificateOptions | undefined): LocalCertificate;
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const idsByName = new Map(Object.entries(attributeNames).map(([id, name]) => [name, id]));

const certificateShapes: Shapes<CertificateOptions> = {
  subject: optional(
    shape(
      `an object of texts by attribute: ${[...idsByName.keys()].join(", ")}`,
      (value) =>
        isObject(value) &&
        Object.entries(value).every(([name, each]) => idsByName.has(name) && typeof each === "string" && each !== ""),
    ),
  ),
  dnsNames: optional(listOf(text)),
  uris: optional(listOf(text)),
  key: optional(oneOf("ec", "rsa", "ml-dsa")),
  notBefore: optional(dateShape),
  notAfter: optional(dateShape),
  intermediate: optional(flag),
};

/** Makes the authority; nothing is generated before it is first used. */
export function createWorkloadAuthority(): WorkloadAuthority {
  let root: Issuer | undefined;
  let between: Issuer | undefined;
  const anchor = (): Issuer => (root ??= createIssuer("Countersign local workloads", 1));
  return {
    get certificate() {
      return anchor().certificate;
    },
    issue(options) {
      const given = checkOptions(options, certificateShapes, refuseOption);
      const { subject = { CN: "worker" }, dnsNames = [], uris = [], key = "ec", intermediate = false } = given;
      const keys = createKeys(key);
      const issuer = intermediate
        ? (between ??= createIssuer("Countersign local intermediate", 0, anchor()))
        : anchor();
      const names = [
        ...dnsNames.map((name) => alternativeName(2, name)),
        ...uris.map((uri) => alternativeName(6, uri)),
      ];
      const certificate = writeCertificate({
        subject: distinguishedName(
          Object.entries(subject).map(([name, value]) => [idsByName.get(name ?? "") ?? "", value]),
        ),
        issuer: issuer.name,
        publicKey: keys.publicKey,
        signer: issuer.keys,
        notBefore: given.notBefore,
        notAfter: given.notAfter,
        extensions: [
          basicConstraints(undefined),
          keyUsage(usages.digitalSignature),
          // A TLS client.
          extension("2.5.29.37", "optional", sequence(objectIdentifier("1.3.6.1.5.5.7.3.2"))),
          ...(names.length === 0 ? [] : [extension("2.5.29.17", "optional", sequence(...names))]),
        ],
      });
      return {
        certificate,
        key: keys.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
        chain: intermediate ? issuer.certificate : "",
        serialNumber: BigInt(`0x${new X509Certificate(certificate).serialNumber}`).toString(),
      };
    },
  };
}

interface Issuer {
  readonly name: Buffer;
  readonly keys: KeyPair;
  readonly certificate: string;
}

function createIssuer(called: string, pathLength: number, above?: Issuer): Issuer {
  const keys = createKeys("ec");
  const name = distinguishedName([[commonName, called]]);
  const certificate = writeCertificate({
    subject: name,
    issuer: above?.name ?? name,
    publicKey: keys.publicKey,
    signer: above?.keys ?? keys,
    extensions: [basicConstraints({ pathLength }), keyUsage(usages.certificateSign | usages.crlSign)],
  });
  return { name, keys, certificate };
}

function createKeys(type: NonNullable<CertificateOptions["key"]>): KeyPair {
  if (type === "ec") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  if (type === "rsa") return generateKeyPairSync("rsa", { modulusLength: 2048 });
  try {
    // The types of this Node's release do not list the algorithm.
    const generate = generateKeyPairSync as unknown as (algorithm: string) => KeyPair;
    return generate("ml-dsa-65");
  } catch {
    return refuseOption(`key: must be ec or rsa on Node ${process.versions.node}; ml-dsa needs Node 24`);
  }
}

function alternativeName(tag: number, name: string): Buffer {
  return context(tag, "primitive", Buffer.from(name, "latin1"));
}
