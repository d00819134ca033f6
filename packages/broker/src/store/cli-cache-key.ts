import { createHash } from "node:crypto";

/**
 * The name of a file in the cache of the AWS CLI and botocore: SHA-1 over the parameters as Python's
 * `json.dumps(parameters, sort_keys=True)` writes them, with a session policy as an object.
 * https://github.com/boto/botocore/blob/develop/botocore/credentials.py (`CachedCredentialFetcher`)
 */
export function cliCacheKey(parameters: Readonly<Record<string, unknown>>): string {
  const { Policy: policy, ...rest } = parameters;
  const all = typeof policy === "string" ? { ...rest, Policy: JSON.parse(policy) as unknown } : rest;
  return createHash("sha1").update(pythonJson(all)).digest("hex");
}

/** JSON as Python writes it: a space after `,` and `:`, fields sorted by code point, ASCII only. */
function pythonJson(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value).replaceAll(
      // Without the u flag: Python writes what is beyond the BMP as two surrogates.
      /[\u007f-\uffff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  }
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${pythonJson(name)}: ${pythonJson(field)}`).join(", ")}}`;
}
