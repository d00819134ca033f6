import { refuse } from "../errors/fetch-error.ts";

/**
 * The part of undici's `path` that names a resource. The URL parser drops tabs and line breaks and reads a backslash as a
 * slash, except in the query; without the slash at the start, text after the origin could change the host. undici also takes
 * a whole URL.
 */
const PATH = /^\/[^\\?#\s\p{Cc}]*(?:\?[^#\s\p{Cc}]*)?$/u;

/**
 * Reads where a request goes, once: the gate judges this URL, the signature covers it, and it is what is dispatched.
 *
 * @throws FetchError `INVALID_REQUEST`.
 */
export function dispatchUrl(origin: unknown, path: unknown, query: unknown): URL {
  if (origin === undefined || origin === null || origin === "") {
    refuse("INVALID_REQUEST", "origin: must be given; compose an Agent, not a Client or Pool");
  }
  if (typeof path !== "string" || !PATH.test(path)) {
    refuse(
      "INVALID_REQUEST",
      "path: must begin with a slash and hold no #, white space or control characters, and a backslash only in its query",
    );
  }
  const url = originOf(origin);
  // Appended to the origin as text, never resolved against it: a path such as //host would replace the host.
  return new URL(`${url.origin}${path}${queryOf(query, path.includes("?"))}`);
}

function originOf(origin: unknown): URL {
  let url: URL | undefined;
  try {
    // Read as text once, because an object could show another address the next time.
    url = typeof origin === "string" || origin instanceof URL ? new URL(String(origin)) : undefined;
  } catch {
    // The error of Node quotes the URL, which may hold a password.
  }
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    return refuse(
      "INVALID_REQUEST",
      "origin: must be a string or URL such as https://example.com, without anything else",
    );
  }
  return url;
}

/** Writes undici's `query` option as undici does, with a space as `%20`. */
function queryOf(query: unknown, hasQuery: boolean): string {
  if (query === undefined || query === null) return "";
  if (typeof query !== "object") refuse("INVALID_REQUEST", "query: must be an object of names and values");
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : [value]).map(
      (one) => `${encodeURIComponent(name)}=${encodeURIComponent(textOf(one))}`,
    ),
  );
  return pairs.length === 0 ? "" : `${hasQuery ? "&" : "?"}${pairs.join("&")}`;
}

/** https://nodejs.org/api/querystring.html#querystringstringifyobj-sep-eq-options: other values are empty. */
function textOf(value: unknown): string {
  const kind = typeof value;
  const written = kind === "string" || kind === "bigint" || kind === "boolean" || Number.isFinite(value);
  return written ? String(value) : "";
}
