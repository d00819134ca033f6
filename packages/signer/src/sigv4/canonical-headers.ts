import { words } from "#words";
import { isRecord } from "../errors/is-record.ts";
import { refuse } from "../errors/refuse.ts";
import { type HeaderRule, isToken } from "./header-rules.ts";
import type { HeadersInput } from "./request.ts";

/** The two lines of the canonical request that headers make. */
export interface CanonicalHeaders {
  /** `name:value\n` of each signed header, sorted by name. */
  readonly lines: string;
  /** The names, sorted and joined with `;`. */
  readonly signedHeaders: string;
}

/**
 * Reads headers in any usual form into one record: names in lower case, values of one name joined with `,` in order,
 * white space around values gone. What an earlier signing wrote is left out.
 *
 * @throws SignerError `INVALID_HEADER` for invalid names, and for values that would end a header.
 */
export function readHeaders(given: HeadersInput = {}): Record<string, string> {
  const headers: Record<string, string> = {};
  const pairs: Iterable<unknown> =
    given && Symbol.iterator in Object(given)
      ? (given as Iterable<unknown>)
      : isRecord(given)
        ? Object.entries(given)
        : refuse("INVALID_HEADER", words ? "headers: must be an object or a list of pairs" : "headers");
  for (const pair of pairs) {
    const [name, values] = Array.isArray(pair) ? (pair as unknown as readonly [string, unknown]) : ["", ""];
    for (const value of Array.isArray(values) ? values : [values]) {
      if (value === undefined) continue;
      const text = headerValue(name, value);
      const lower = name.toLowerCase();
      if (/^(?:authorization|x-amz-date|x-amz-security-token)$/.test(lower)) continue;
      headers[lower] = (Object.hasOwn(headers, lower) ? `${headers[lower]},` : "") + text;
    }
  }
  return headers;
}

/**
 * The value of a header without white space around it.
 *
 * @throws SignerError `INVALID_HEADER` for an invalid name, and for a value that would end the header.
 */
export function headerValue(name: string, value: unknown): string {
  // RFC 9110, section 5.5: visible characters, spaces and tabs; bytes above ASCII are obsolete but still travel.
  if (!isToken(name) || name === "__proto__" || typeof value !== "string" || /[^\t -~\x80-\xff]/.test(value)) {
    refuse(
      "INVALID_HEADER",
      words
        ? `headers: ${JSON.stringify(name)} must be text without line breaks and control characters, under a valid name`
        : "headers",
    );
  }
  return value.trim();
}

/**
 * The canonical headers: those the rule covers, sorted by name.
 *
 * @throws SignerError `INVALID_HEADER` for a signed value outside ASCII.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalHeaders(headers: Readonly<Record<string, string>>, rule: HeaderRule): CanonicalHeaders {
  const names = Object.keys(headers).filter(rule).toSorted();
  const lines = names.map((name) => `${name}:${canonicalValue(headers[name]!)}\n`).join("");
  return { lines, signedHeaders: names.join(";") };
}

/**
 * A value as it is signed: runs of white space are one space, and none is at the ends, where a joined value may have it.
 *
 * @throws SignerError `INVALID_HEADER` for a value outside ASCII: clients do not agree on its bytes.
 */
export function canonicalValue(value: string): string {
  if (/[^\t -~]/.test(value))
    refuse("INVALID_HEADER", words ? "headers: must be ASCII to be signed; encode the value" : "headers");
  return value.replace(/\s+/g, " ").trim();
}
