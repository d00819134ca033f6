import { X509Certificate } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Located, ProfileSettings } from "@countersign/broker";
import { CliError } from "./cli-error.ts";
import { readingFilesOnly, readLimited } from "./read-limited.ts";

const BLOCK = /-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----([A-Za-z0-9+/=\s]+?)-----END \1-----/g;

/**
 * The authorities of AWS_CA_BUNDLE or of the profile's `ca_bundle`. They replace those that Node trusts, as with other AWS
 * tools. The path may begin with `~`, be relative to the current folder or to that of the file that names it, or name a
 * folder of certificates.
 *
 * @throws CliError `FILE_UNREADABLE`.
 */
export function certificateAuthorities({ caBundle }: Pick<ProfileSettings, "caBundle">): { readonly ca?: string } {
  if (caBundle === undefined) return {};
  const place = authoritiesPath(caBundle);
  try {
    const files = statSync(place).isDirectory() ? readdirSync(place).map((name) => path.join(place, name)) : [place];
    const found = files.filter((file) => statSync(file).isFile()).flatMap((file) => certificatesOf(textOf(file)));
    if (found.length === 0) throw new Error("it has no certificate");
    return { ca: [...new Set(found)].join("") };
  } catch (cause) {
    throw new CliError(
      "FILE_UNREADABLE",
      `${caBundle.from}: must name a file or folder of PEM certificates, and ${place} cannot be read as one`,
      { cause },
    );
  }
}

/** The authorities that Mozilla trusts have 220 kB. */
const MAX_BYTES = 1 << 24;

function textOf(file: string): string {
  return Buffer.from(readingFilesOnly(() => readLimited(file, MAX_BYTES))).toString("latin1");
}

/** The file or folder that a `ca_bundle` names. */
export function authoritiesPath({ value: given, from }: Located): string {
  if (/^~(?=$|[/\\])/.test(given)) return path.join(os.homedir(), given.slice(1));
  const here = path.resolve(given);
  const beside = path.resolve(path.dirname(from), given);
  return exists(here) || !from.includes(":") ? here : exists(beside) ? beside : here;
}

/** A file that this user may not look at exists too: reading it then fails with the reason. */
function exists(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/**
 * The certificates of a PEM text, in the one form that Node reads. OpenSSL's TRUSTED CERTIFICATE has trust settings after
 * the certificate, which are left out.
 */
function certificatesOf(pem: string): string[] {
  return Array.from(pem.matchAll(BLOCK), ([, , base64 = ""]) => {
    const der = Buffer.from(base64, "base64");
    const certificate = new X509Certificate(der.subarray(0, lengthOfDer(der)));
    return `${certificate.toString().trim()}\n`;
  });
}

/** The length of the first DER element (X.690, section 8.1.3). */
function lengthOfDer(der: Buffer): number {
  const first = der[1] ?? 0;
  if (first < 0x80) return 2 + first;
  const bytes = first & 0x7f;
  return bytes >= 1 && bytes <= 4 && der.length >= 2 + bytes ? 2 + bytes + der.readUIntBE(2, bytes) : der.length;
}
