import { uriReencode } from "./uri-encode.ts";

/**
 * The canonical query string: names and values encoded, then sorted by name and value. Duplicates stay, a name without
 * value gets `=`. A `+` is a plus: services do not agree on it, and only `%20` is a space to all of them
 * (smithy-lang/smithy-rs#4227, curl/curl#20543).
 *
 * @param query as it travels, without the question mark.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalQuery(query: string): string {
  const pairs = [];
  for (const pair of query.split("&")) {
    const name = pair.split("=", 1)[0]!;
    if (pair !== "") pairs.push(`${uriReencode(name)}=${uriReencode(pair.slice(name.length + 1))}`);
  }
  return sortPairs(pairs.join("&"));
}

/** Sorts pairs that are encoded already. */
export function sortPairs(query: string): string {
  // A space sorts before every character of an encoded name. `=` would not: `-` and `.` sort before `=`.
  return query.replaceAll("=", " ").split("&").toSorted().join("&").replaceAll(" ", "=");
}
