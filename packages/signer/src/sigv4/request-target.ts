import { words } from "#words";
import { canonicalPath } from "./canonical-path.ts";
import { canonicalQuery } from "./canonical-query.ts";
import { refuse } from "../errors/refuse.ts";
import type { ServiceRules } from "./service-rules.ts";
import { uriEncode } from "./uri-encode.ts";

/** A URL taken apart, with the lines of the canonical request that follow from it. */
export interface RequestTarget {
  /** As it travels. */
  readonly url: string;
  /** Scheme, host and path, as they travel. */
  readonly base: string;
  /** As it travels, without the question mark. */
  readonly query: string;
  /** What the `host` header will be: lower case, without the port that goes without saying. */
  readonly host: string;
  readonly canonicalPath: string;
  readonly canonicalQuery: string;
}

/**
 * Takes a URL apart without changing a byte of it: what is signed is what is sent.
 *
 * @throws SignerError `INVALID_URL` for a URL that is not absolute, of another scheme than `https:`, `http:`, `wss:` and
 * `ws:`, with control characters, or with parts that are never sent (user name, password, fragment).
 */
export function requestTarget(url: string, rules: ServiceRules): RequestTarget {
  const [, base, path = "", query = ""] = /^((?:http|ws)s?:\/\/[^/?@\\]+(\/[^?]*|))(?:\?(.*))?$/i.exec(url) ?? [];
  if (base === undefined || hasControls(url) || url.includes("#")) return refuseUrl();
  return {
    url,
    base: path === "" ? `${base}/` : base,
    query,
    host: parse(url).host,
    canonicalPath: canonicalPath(path, rules),
    canonicalQuery: canonicalQuery(query),
  };
}

/**
 * The form in which clients send a URL: what may not stand in one is percent-encoded, and unless the path must not be
 * touched it is what the URL standard makes of it, since `fetch` would do the same after the signature.
 *
 * @throws SignerError `INVALID_URL`.
 * @see https://url.spec.whatwg.org/#concept-basic-url-parser
 */
export function wireUrl(url: string, rules: ServiceRules): string {
  // The URL parser would drop control characters silently.
  if (hasControls(url)) refuseUrl();
  return rules.pathNormalization === "none" ? url.replace(/[^!-~]|["<>\\^`{|}]/gu, uriEncode) : parse(url).href;
}

function hasControls(url: string): boolean {
  return /[^ -~\x80-\uffff]/.test(url);
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    return refuseUrl();
  }
}

// Never quotes the URL: it may hold a password.
function refuseUrl(): never {
  refuse(
    "INVALID_URL",
    words ? "url: must be absolute, http(s) or ws(s), without user, fragment and line breaks" : "url",
  );
}
