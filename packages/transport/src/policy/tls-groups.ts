import tls from "node:tls";

/** What the policy needs to know of a key exchange group. */
export interface TlsGroup {
  /** The name under which policies and reports show it; OpenSSL takes it too. */
  readonly name: string;
  /** Holds against an attacker who records now and owns a quantum computer later. */
  readonly postQuantum: boolean;
  /** Other names that runtimes report for it. */
  readonly aliases: readonly string[];
}

const group = (name: string, postQuantum: boolean, ...aliases: readonly string[]): TlsGroup => ({
  name,
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
  group("X25519MLKEM768", true),
  group("SecP256r1MLKEM768", true),
  group("SecP384r1MLKEM1024", true),
  group("X25519", false, "x25519"),
  group("P-256", false, "secp256r1", "prime256v1"),
  group("P-384", false, "secp384r1"),
  group("P-521", false, "secp521r1"),
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

const answers = new Map<string, boolean>();

/** Whether this runtime's OpenSSL takes `ecdhCurve`. An unknown group name throws: ML-KEM does before OpenSSL 3.5. */
export function opensslAccepts(ecdhCurve: string): boolean {
  const known = answers.get(ecdhCurve);
  if (known !== undefined) return known;
  const answer = tries(ecdhCurve);
  answers.set(ecdhCurve, answer);
  return answer;
}

function tries(ecdhCurve: string): boolean {
  try {
    // Without a list of CAs, Node would parse all of its roots for this.
    tls.createSecureContext({ ecdhCurve, ca: [] });
    return true;
  } catch {
    return false;
  }
}
