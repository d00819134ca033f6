import { checkRules } from "#platform/check-parts";
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
  /** The value of the `host` header: lower case, without a default port. */
  readonly host: string;
  readonly canonicalPath: string;
  readonly canonicalQuery: string;
}

/**
 * Takes a URL apart and keeps every byte of it, so that the URL that is signed is the URL that is sent.
 *
 * @throws SignerError `INVALID_URL` for a URL that is not absolute, of another scheme than `https:`, `http:`, `wss:` and
 * `ws:`, with control characters, or with parts that are never sent (user name, password, fragment).
 */
export function requestTarget(url: string, rules: ServiceRules): RequestTarget {
  const [, base, path = "", query = ""] = hasControls(url)
    ? []
    : (/^((?:http|ws)s?:\/\/[^/?@\\]+(\/[^?]*|))(?:\?(.*))?$/i.exec(url) ?? []);
  if (base === undefined || url.includes("#")) return refuseUrl();
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
 * The form in which clients send a URL: characters that a URL cannot have are percent-encoded, and the path is what the
 * URL standard makes of it, since `fetch` would do the same after the signature.
 *
 * For Amazon S3 the path must stay as it is: a key with a `.` or `..` segment is refused, because clients would send
 * another key.
 *
 * @throws SignerError `INVALID_URL`.
 * @see https://url.spec.whatwg.org/#concept-basic-url-parser
 */
export function wireUrl(url: string, rules: ServiceRules): string {
  checkRules(rules);
  const href = standardUrl(url);
  if (rules.pathNormalization !== "none") return href;
  const [, path = "", query = ""] = /^[a-z]+:\/\/[^/?#@\\]+([^?#]*)([^#]*)$/i.exec(url) ?? refuseUrl();
  if (/(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\]|$)/i.test(path)) {
    refuse(
      "INVALID_URL",
      words ? "url: must be without . and .. segments; clients would send another key than was signed" : "url",
    );
  }
  return parse(href).origin + (path + query).replace(/[^!-~]|["<>\\^`{|}]/gu, uriEncode);
}

/**
 * The URL as the URL standard writes it.
 *
 * @throws SignerError `INVALID_URL`.
 */
export function standardUrl(url: string): string {
  // The URL parser would drop control characters silently.
  if (hasControls(url)) refuseUrl();
  return parse(url).href;
}

/** Whether a URL has control characters, or is not text at all. */
function hasControls(url: string): boolean {
  return typeof url !== "string" || /[^ -~\x80-\uffff]/.test(url);
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
