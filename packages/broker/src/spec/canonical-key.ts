import { createHash } from "node:crypto";

/** A JSON value; `undefined` fields are left out. */
export type Canonical =
  | string
  | number
  | boolean
  | null
  | readonly Canonical[]
  | { readonly [field: string]: Canonical | undefined };

/** A session's identity: everything that decides which session STS issues, and to which principal. */
export interface CanonicalKey {
  readonly canon: string;
  /** SHA-256 of `canon`, hex. */
  readonly key: string;
  /** The first 12 characters of `key`. */
  readonly label: string;
}

/**
 * Derives the cache key of a session. Two specs have the same key exactly when STS would issue the same session to the
 * same principal for both. The text is JSON with sorted fields, so no choice of values makes it ambiguous.
 *
 * Caches whose keys left something out gave one principal's credentials to another (kube2iam#98, kiam#400,
 * aws-cli#10670).
 */
export function canonicalKey(identity: Readonly<Record<string, Canonical | undefined>>): CanonicalKey {
  const canon = canonicalJson({ version: 1, ...identity });
  const key = createHash("sha256").update(canon).digest("hex");
  return { canon, key, label: key.slice(0, 12) };
}

/**
 * JSON with the fields of every object sorted. Arrays keep their order. No `toJSON` is called: that of a polluted
 * `Object.prototype` would write every list and every object as the same text.
 */
export function canonicalJson(value: Canonical): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value as Readonly<Record<string, Canonical | undefined>>)
    .filter((field): field is [string, Canonical] => field[1] !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(",")}}`;
}
