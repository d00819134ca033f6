import { tls } from "../builtin.ts";

/** A key exchange group, as policies and reports see it. */
export interface TlsGroup {
  /** The name in policies and reports. OpenSSL accepts it too. */
  readonly name: string;
  /** The number in the IANA registry, which key shares carry. */
  readonly id: number;
  /** Holds against an attacker who records now and owns a quantum computer later. */
  readonly postQuantum: boolean;
  /** Other names that runtimes report for it. */
  readonly aliases: readonly string[];
}

const group = (name: string, id: number, postQuantum: boolean, ...aliases: readonly string[]): TlsGroup => ({
  name,
  id,
  postQuantum,
  aliases,
});

/**
 * Every key exchange group that a policy may name.
 *
 * https://www.iana.org/assignments/tls-parameters/ (TLS Supported Groups); hybrids:
 * https://datatracker.ietf.org/doc/draft-ietf-tls-ecdhe-mlkem/.
 */
const tlsGroups: readonly TlsGroup[] = Object.freeze([
  group("X25519MLKEM768", 0x11ec, true),
  group("SecP256r1MLKEM768", 0x11eb, true),
  group("SecP384r1MLKEM1024", 0x11ed, true),
  group("X25519", 0x001d, false, "x25519"),
  group("P-256", 0x0017, false, "secp256r1", "prime256v1"),
  group("P-384", 0x0018, false, "secp384r1"),
  group("P-521", 0x0019, false, "secp521r1"),
]);

const byName: Readonly<Record<string, TlsGroup>> = Object.assign(
  Object.create(null) as Record<string, TlsGroup>,
  Object.fromEntries(
    tlsGroups.flatMap((entry) => [entry.name, ...entry.aliases].map((name) => [name, entry] as const)),
  ),
);

/** The group with this name, or `undefined` when no policy may use it. */
export function tlsGroup(name: string): TlsGroup | undefined {
  return byName[name];
}

/** The group with this number in the IANA registry, or `undefined` when no policy may use it. */
export function tlsGroupOf(id: number): TlsGroup | undefined {
  return tlsGroups.find((entry) => entry.id === id);
}

const answers = new Map<string, boolean>();

/** The groups that this runtime's OpenSSL accepts. One question for all takes a fraction of one for each. */
export function acceptedGroups(groups: readonly TlsGroup[]): TlsGroup[] {
  const possible = groups.filter(({ name }) => !isTooNew(name));
  if (opensslAccepts(possible.map(({ name }) => name).join(":"))) return possible;
  return possible.filter(({ name }) => opensslAccepts(name));
}

/** OpenSSL 3.5 brought ML-KEM, and asterisks in lists of groups. */
function isTooNew(ecdhCurve: string): boolean {
  const [major, minor = 0] = process.versions.openssl.split(".").map(Number);
  return major === 3 && minor < 5 && /MLKEM|\*/.test(ecdhCurve);
}

/** Whether this runtime's OpenSSL accepts `ecdhCurve`. */
export function opensslAccepts(ecdhCurve: string): boolean {
  if (isTooNew(ecdhCurve)) return false;
  const known = answers.get(ecdhCurve);
  if (known !== undefined) return known;
  const answer = tries(ecdhCurve);
  answers.set(ecdhCurve, answer);
  return answer;
}

function tries(ecdhCurve: string): boolean {
  try {
    // With an empty list of CAs, Node does not parse its own roots for this check.
    tls.createSecureContext({ ecdhCurve, ca: [] });
    return true;
  } catch {
    return false;
  }
}
