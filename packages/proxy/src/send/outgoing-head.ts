import { isAuthentication } from "../judge/authentication-query.ts";
import type { Received } from "../receive/received.ts";
import { malformed } from "../refusal.ts";

/** Headers of one connection, not of the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Headers that the client's signature added, and headers that the new signature or the connection sets. */
const REPLACED = new Set([
  "accept-encoding",
  "authorization",
  "content-length",
  "date",
  "expect",
  "host",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-decoded-content-length",
  "x-amz-security-token",
  "x-amz-trailer",
]);

/** Where a request goes and what it carries, before it is signed anew. */
export interface OutgoingHead {
  /** Path and query: those of the client, byte for byte, without a presigned URL's parameters. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Removes what the client's signature added. Answers are requested uncompressed: the proxy must read errors for the
 * secrets that they quote.
 *
 * @throws Refusal `ValidationException` for a `Connection` header that names a header of the message.
 */
export function outgoingHead({ path, query, headers }: Received): OutgoingHead {
  const named = connectionHeaders(headers.get("connection"));
  // A header that is signed or judged and then taken off would make another request. The Connection header itself is not
  // signed, so that anyone between the client and the proxy can write it.
  const taken = [...named].find((name) => headers.has(name) && !HOP_BY_HOP.has(name));
  if (taken !== undefined) throw malformed(`The Connection header must not name ${taken.slice(0, 64)}.`);
  const kept: Record<string, string> = { "accept-encoding": "identity" };
  for (const [name, value] of headers) {
    if (!HOP_BY_HOP.has(name) && !REPLACED.has(name)) kept[name] = value;
  }
  const rest = query === "" ? [] : query.split("&").filter((pair) => !isAuthentication(pair));
  return { target: rest.length === 0 ? path : `${path}?${rest.join("&")}`, headers: kept };
}

/** Headers of a response to pass on, names and values in turn. */
export function incomingHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): (string | string[])[] {
  const named = connectionHeaders(headers["connection"]?.toString());
  const list: (string | string[])[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || named.has(name)) continue;
    list.push(name, typeof value === "string" ? value : [...value]);
  }
  return list;
}

const NONE: ReadonlySet<string> = new Set();

function connectionHeaders(value: string | undefined): ReadonlySet<string> {
  // What most connections say, which names no further header.
  if (value === undefined || value === "keep-alive") return NONE;
  return new Set(
    value
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  );
}
