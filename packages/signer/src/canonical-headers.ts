import { SignerError } from "./error.ts";
import { type HeaderRule, isToken, isReplaced } from "./header-rules.ts";
import type { HeadersInput } from "./request.ts";

/**
 * Reads headers in any usual form into one record: names in lower case, values of one name joined with `,` in order,
 * white space around values gone. What an earlier signing wrote is left out.
 *
 * @throws SignerError `INVALID_HEADER` for names and values that would end a header or are none.
 */
export function readHeaders(given: HeadersInput | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  const add = (name: string, value: unknown): void => {
    const lower = headerName(name);
    if (isReplaced(lower)) return;
    const text = headerValue(lower, value);
    headers[lower] = Object.hasOwn(headers, lower) ? `${headers[lower]},${text}` : text;
  };
  if (given === undefined || given === null) return headers;
  if (typeof given !== "object")
    throw new SignerError("INVALID_HEADER", "headers: expected a record, pairs or Headers");
  if (Symbol.iterator in given) {
    for (const [name, value] of given) add(name, value);
    return headers;
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (typeof value === "string") add(name, value);
    else for (const one of value) add(name, one);
  }
  return headers;
}

function headerName(name: string): string {
  if (typeof name !== "string" || !isToken(name) || name === "__proto__") {
    throw new SignerError("INVALID_HEADER", `headers: ${JSON.stringify(name)} is no header name`);
  }
  return name.toLowerCase();
}

function headerValue(name: string, value: unknown): string {
  // RFC 9110, section 5.5: visible characters, spaces and tabs; bytes above ASCII are obsolete but still travel.
  if (typeof value !== "string" || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
    throw new SignerError(
      "INVALID_HEADER",
      `headers.${name}: must be a string without line breaks or control characters`,
    );
  }
  return value.trim();
}

/** The two lines of the canonical request that headers make. */
export interface CanonicalHeaders {
  /** `name:value\n` of each signed header, sorted by name. */
  readonly lines: string;
  /** The names, sorted and joined with `;`. */
  readonly signedHeaders: string;
}

/**
 * The canonical headers: those the rule covers, sorted, with runs of white space inside values made one space.
 *
 * @throws SignerError `INVALID_HEADER` for a signed value outside ASCII: clients do not agree on its bytes.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalHeaders(headers: Readonly<Record<string, string>>, rule: HeaderRule): CanonicalHeaders {
  const names = Object.keys(headers).filter(rule).toSorted();
  let lines = "";
  for (const name of names) lines += `${name}:${canonicalValue(name, headers[name] ?? "")}\n`;
  return { lines, signedHeaders: names.join(";") };
}

function canonicalValue(name: string, value: string): string {
  if (/[\x80-\xff]/.test(value)) {
    throw new SignerError(
      "INVALID_HEADER",
      `headers.${name}: must be ASCII to be signed; encode it, or do not sign it`,
    );
  }
  return value.replace(/[ \t]+/g, " ");
}
