import { createHash } from "node:crypto";

/** A value as JSON knows it; `undefined` fields do not count. */
export type Canonical =
  | string
  | number
  | boolean
  | null
  | readonly Canonical[]
  | { readonly [field: string]: Canonical | undefined };

/** A session's identity: everything that decides what STS would issue, and to whom. */
export interface CanonicalKey {
  readonly canon: string;
  /** SHA-256 of `canon`, hex. */
  readonly key: string;
  /** The first 12 characters of `key`. */
  readonly label: string;
}

/**
 * Derives the key under which a session is cached. Two specs share a key exactly when STS would issue the same session
 * to the same principal for both: the text is JSON, which no choice of values can make ambiguous, with the fields of
 * every object in one order.
 *
 * Keys that left something out have handed one principal's credentials to another again and again
 * (kube2iam#98, kiam#400, aws-cli#10670).
 */
export function canonicalKey(identity: Readonly<Record<string, Canonical | undefined>>): CanonicalKey {
  const canon = canonicalJson({ version: 1, ...identity });
  const key = createHash("sha256").update(canon).digest("hex");
  return { canon, key, label: key.slice(0, 12) };
}

/** JSON with the fields of every object sorted; the order of arrays is kept. */
export function canonicalJson(value: Canonical): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value as Readonly<Record<string, Canonical | undefined>>)
    .filter((field): field is [string, Canonical] => field[1] !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(",")}}`;
}
