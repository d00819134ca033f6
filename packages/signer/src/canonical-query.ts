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
  if (query === "") return "";
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair): readonly [name: string, value: string] => {
      const equals = pair.indexOf("=");
      const end = equals < 0 ? pair.length : equals;
      return [uriReencode(pair.slice(0, end), false), uriReencode(pair.slice(end + 1), false)];
    })
    .toSorted(byNameAndValue)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

// Sorting the joined pairs instead would be wrong: `-` and `.` sort before `=`.
function byNameAndValue(a: readonly [string, string], b: readonly [string, string]): number {
  const [one, other] = a[0] === b[0] ? [a[1], b[1]] : [a[0], b[0]];
  return one < other ? -1 : one > other ? 1 : 0;
}
