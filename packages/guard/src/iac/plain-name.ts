const MAX_PLAIN_NAMES = 4_096;
/** Templates have few names, each of them often. */
const plainNames = new Map<string, string>();

/** A name, or a path of names, as the three languages have in common: without `_` and in lower case. */
export function plainName(name: string): string {
  const known = plainNames.get(name);
  if (known !== undefined) return known;
  const plain = name.replaceAll("_", "").toLowerCase();
  if (plainNames.size >= MAX_PLAIN_NAMES) plainNames.clear();
  // A long name is no name of the API.
  if (name.length <= 64) plainNames.set(name, plain);
  return plain;
}
