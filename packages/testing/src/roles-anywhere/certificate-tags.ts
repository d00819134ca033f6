import type { Certificate, Names } from "./certificate.ts";

/**
 * The session tags that the default attribute mapping makes of a certificate: every known attribute of subject and
 * issuer, and the first DNS name, URI and directory name
 * (https://docs.aws.amazon.com/rolesanywhere/latest/userguide/attribute-mapping.html). Several values of one attribute
 * join with a slash.
 */
export function certificateTags({ subject, issuer, alternative }: Certificate): Readonly<Record<string, string>> {
  const first = (prefix: string, [value]: readonly string[]): readonly (readonly [string, string])[] =>
    value === undefined ? [] : [[prefix, value]];
  return Object.fromEntries([
    ...tagsOf("x509Subject", subject),
    ...tagsOf("x509Issuer", issuer),
    ...first("x509SAN/DNS", alternative.dns),
    ...first("x509SAN/URI", alternative.uri),
    ...tagsOf("x509SAN/Name", alternative.directory),
  ]);
}

function tagsOf(prefix: string, names: Names): readonly (readonly [string, string])[] {
  return [...names].map(([name, values]) => [`${prefix}/${name}`, values.join("/")]);
}

/** The source identity of the session: the subject's common name. Undefined for a certificate without one. */
export function sourceIdentityOf({ subject }: Certificate): string | undefined {
  const names = subject.get("CN");
  return names === undefined ? undefined : `CN=${names.join("/")}`;
}
