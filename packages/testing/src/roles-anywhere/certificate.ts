import { type KeyObject, X509Certificate } from "node:crypto";
import { type DerValue, readDer, readObjectIdentifier } from "../tls/read-der.ts";
import { table } from "../table.ts";

/** What IAM Roles Anywhere reads in a certificate. */
export interface Certificate {
  readonly x509: X509Certificate;
  readonly publicKey: KeyObject;
  /** In decimal, as the credential scope names it. */
  readonly serialNumber: string;
  /** In hexadecimal, as the session is named. */
  readonly serialHex: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** The values of each attribute, by its short name such as `CN`. */
  readonly subject: Names;
  readonly issuer: Names;
  readonly alternative: {
    readonly dns: readonly string[];
    readonly uri: readonly string[];
    /** The first directory name. */
    readonly directory: Names;
  };
  readonly isAuthority: boolean;
  /** How many authorities may stand below this one; undefined: any number. */
  readonly pathLength: number | undefined;
  /** The bits of key usage; undefined: the certificate has none. */
  readonly usage: number | undefined;
  /** The object identifier of the algorithm that its issuer signed with. */
  readonly signatureAlgorithm: string;
  /** A critical extension that this service does not know. */
  readonly unknownCritical: boolean;
}

/** Values by the short name of their attribute. */
export type Names = ReadonlyMap<string, readonly string[]>;

/** Short names of attributes by object identifier (RFC 4519, X.520). */
export const attributeNames: Readonly<Record<string, string | undefined>> = table<string>({
  "2.5.4.3": "CN",
  "2.5.4.4": "SN",
  "2.5.4.5": "SERIALNUMBER",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "STREET",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.12": "T",
  "2.5.4.42": "GN",
  "2.5.4.43": "I",
  "2.5.4.65": "P",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
});

/** Extensions that this service evaluates, or that limit nothing it does. */
const known = {
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  alternativeName: "2.5.29.17",
  policies: "2.5.29.32",
} as const;

/** Reads a certificate. Throws if it cannot be parsed, and for a key that this Node does not know. */
export function readCertificate(source: Uint8Array | string): Certificate {
  const x509 = new X509Certificate(source);
  if (typeof source !== "string" && !x509.raw.equals(source)) throw new Error("Bytes follow the certificate.");
  const [tbs, algorithm] = children(only(readDer(x509.raw)));
  const fields = children(tbs).filter(({ tag }) => tag !== 0xa0);
  const [serial, , issuer, , subject] = fields;
  const extensions = readExtensions(fields.find(({ tag }) => tag === 0xa3));
  const constraints = extensions.get(known.basicConstraints);
  const [authority, pathLength] = constraints === undefined ? [] : children(only(readDer(constraints.value)));
  const serialHex = Buffer.from(serial?.contents ?? [])
    .toString("hex")
    .replace(/^00(?=.)/, "");
  return {
    x509,
    publicKey: x509.publicKey,
    serialNumber: BigInt(`0x${serialHex}`).toString(),
    serialHex,
    notBefore: Date.parse(x509.validFrom),
    notAfter: Date.parse(x509.validTo),
    subject: readNames(subject),
    issuer: readNames(issuer),
    alternative: readAlternative(extensions.get(known.alternativeName)?.value),
    isAuthority: authority?.tag === 0x01 && authority.contents[0] !== 0,
    pathLength: pathLength === undefined ? undefined : Number(pathLength.contents[0]),
    usage: readUsage(extensions.get(known.keyUsage)?.value),
    signatureAlgorithm: readObjectIdentifier(children(algorithm)[0]?.contents ?? new Uint8Array()),
    unknownCritical: [...extensions].some(
      ([id, { critical }]) => critical && !Object.values<string>(known).includes(id),
    ),
  };
}

/** The certificates of a PEM text, in order. */
export function readCertificates(text: string): readonly Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => readCertificate(block));
}

interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

function readExtensions(field: DerValue | undefined): ReadonlyMap<string, Extension> {
  const list = field === undefined ? [] : children(only(readDer(field.contents)));
  return new Map(
    list.map((each) => {
      const [id, ...rest] = children(each);
      const critical = rest.length > 1 && rest[0]?.contents[0] !== 0;
      return [
        readObjectIdentifier(id?.contents ?? new Uint8Array()),
        { critical, value: rest.at(-1)?.contents ?? new Uint8Array() },
      ];
    }),
  );
}

function readUsage(value: Uint8Array | undefined): number | undefined {
  return value === undefined ? undefined : (only(readDer(value)).contents[1] ?? 0);
}

/** General names: 2 is a DNS name, 4 a directory name, 6 a URI (RFC 5280 section 4.2.1.6). */
function readAlternative(value: Uint8Array | undefined): Certificate["alternative"] {
  const names = value === undefined ? [] : children(only(readDer(value)));
  const texts = (tag: number): readonly string[] =>
    names.filter((name) => name.tag === tag).map(({ contents }) => Buffer.from(contents).toString("latin1"));
  const directory = names.find(({ tag }) => tag === 0xa4);
  return {
    dns: texts(0x82),
    uri: texts(0x86),
    directory: directory === undefined ? new Map() : readNames(only(readDer(directory.contents))),
  };
}

function readNames(name: DerValue | undefined): Names {
  const found = new Map<string, string[]>();
  for (const set of children(name)) {
    for (const attribute of children(set)) {
      const [id, value] = children(attribute);
      const short = attributeNames[readObjectIdentifier(id?.contents ?? new Uint8Array())];
      if (short === undefined || value === undefined) continue;
      found.set(short, [...(found.get(short) ?? []), textOf(value)]);
    }
  }
  return found;
}

/** BMPString is UTF-16, TeletexString and similar types are read as Latin-1, all others as UTF-8. */
function textOf({ tag, contents }: DerValue): string {
  if (tag === 0x1e) return Buffer.from(contents).swap16().toString("utf16le");
  return Buffer.from(contents).toString(tag === 0x14 ? "latin1" : "utf8");
}

function children(value: DerValue | undefined): readonly DerValue[] {
  return value === undefined ? [] : readDer(value.contents);
}

function only(values: readonly DerValue[]): DerValue {
  const [value] = values;
  if (value === undefined || values.length !== 1) throw new Error("One value was expected.");
  return value;
}
