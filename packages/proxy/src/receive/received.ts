import type { Incoming } from "../message.ts";
import { malformed, Refusal } from "../refusal.ts";
import { type ClaimedScope, claimedScope } from "./claimed-scope.ts";

/** The head of a request, read once. Everything after works on this value. */
export interface Received {
  readonly method: string;
  /** The request target as it came: a path and query, byte for byte. */
  readonly target: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Names and values in turn, as they came; the authority of HTTP/2 is `host`. */
  readonly rawHeaders: readonly string[];
  /** Lower-case names; repeated headers are joined with a comma, as AWS joins them. */
  readonly headers: ReadonlyMap<string, string>;
  /** A body follows whose length the head does not tell. */
  readonly isOpenEnded: boolean;
  /** What it claims to be signed with and for. */
  readonly claim: ClaimedScope;
}

/** Headers that must not be repeated: two readers could believe different ones (RFC 9110, section 5.3). */
const SINGLE: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "content-type",
  "authorization",
  "expect",
]);

/** Headers by which some servers take a request for another one than its first line says. */
const OVERRIDES: ReadonlySet<string> = new Set([
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-method",
  "x-original-url",
  "x-rewrite-url",
]);

/** More headers are refused. Node drops those above 2,000 and does not say so: what is dropped would not be checked. */
const MAX_HEADERS = 1000;

/** Longer targets are refused: AWS's services accept at most 8 KiB of head for what they sign. */
const MAX_TARGET_CHARS = 8192;

/**
 * Reads the head of a request, and refuses what two readers could read in two ways: a target that is not a plain path,
 * dot segments, a repeated framing header, a header that is not ASCII, both framings at once (RFC 9112, section 6.3), two hosts (RFC 9113, section
 * 8.3.1).
 *
 * @throws Refusal `ValidationException`; with status 505 for another version of HTTP.
 */
export function readHead(
  incoming: Pick<Incoming, "method" | "url" | "rawHeaders"> & Partial<Http2Head & Pick<Incoming, "httpVersion">>,
): Received {
  const { method = "", url = "", httpVersion = "1.1" } = incoming;
  const isHttp2 = incoming.stream !== undefined;
  // Over HTTP/1.0 an answer that broke off looks whole. And over HTTP/1.1 a first line can say any version.
  if (!isHttp2 && httpVersion !== "1.1")
    throw new Refusal(505, "ValidationException", "The request must be one of HTTP/1.1 or HTTP/2.");
  if (url.length > MAX_TARGET_CHARS)
    throw malformed(`The request target must be at most ${MAX_TARGET_CHARS} characters.`);
  if (!/^\/(?!\/)[!-~]*$/u.test(url) || /[\\#]/u.test(url)) {
    throw malformed("The request target must be a path that begins with one slash, without backslash or fragment.");
  }
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  // `%2F` and `%5C` too: a store that decodes the path before it resolves it sees dot segments.
  if (/(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?:\/|%2f|%5c|$)/iu.test(path)) {
    throw malformed("The path must not contain dot segments: clients and servers resolve them differently.");
  }
  const rawHeaders = isHttp2 ? plainHeaders(incoming.rawHeaders) : incoming.rawHeaders;
  const headers = readHeaders(rawHeaders);
  const hasLength = headers.has("content-length");
  if (hasLength && headers.has("transfer-encoding")) {
    throw malformed("The request must not have both Content-Length and Transfer-Encoding.");
  }
  const isOpenEnded = isHttp2 ? !hasLength && !incoming.stream?.endAfterHeaders : headers.has("transfer-encoding");
  const query = mark < 0 ? "" : url.slice(mark + 1);
  const claim = claimedScope(headers, query);
  return { method, target: url, path, query, rawHeaders, headers, isOpenEnded, claim };
}

/** What only requests over HTTP/2 have. */
interface Http2Head {
  readonly stream: { readonly endAfterHeaders: boolean };
}

/** The header fields of a request over HTTP/2 as HTTP/1.1 has them, and as they are signed. */
function plainHeaders(rawHeaders: readonly string[]): string[] {
  const plain: string[] = [];
  let authority: string | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = rawHeaders.slice(index, index + 2);
    if (name === ":authority") authority = value;
    else if (!name.startsWith(":")) plain.push(name, value);
  }
  const at = plain.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
  if (authority !== undefined && at >= 0 && plain[at + 1] !== authority)
    throw malformed("The Host header must name the authority of the request.");
  return authority === undefined || at >= 0 ? plain : ["host", authority, ...plain];
}

/** Some servers read `_` in a name as `-`: a header that is checked by its name must not come by another one. */
function checkUnderscores(name: string): void {
  const hyphens = name.replaceAll("_", "-");
  const isChecked = SINGLE.has(hyphens) || OVERRIDES.has(hyphens) || /^x-amzn?-/u.test(hyphens);
  // Names of metadata in Amazon S3 may have both.
  if (isChecked && !name.startsWith("x-amz-meta-"))
    throw malformed(`The header ${name.slice(0, 64)} must be written with hyphens: some servers read both as one.`);
}

function readHeaders(rawHeaders: readonly string[]): Map<string, string> {
  if (rawHeaders.length > 2 * MAX_HEADERS) throw malformed(`The request must have at most ${MAX_HEADERS} headers.`);
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? "";
    const value = rawHeaders[index + 1] ?? "";
    const before = headers.get(name);
    if (before !== undefined && SINGLE.has(name)) throw malformed(`The header ${name} must not be repeated.`);
    if (OVERRIDES.has(name)) throw malformed(`The header ${name} must be left out: it names another request.`);
    if (name.includes("_")) checkUnderscores(name);
    // The bytes of other characters depend on who encodes them, so that no signature over them is sure to be right.
    if (!/^[\t -~]*$/u.test(value)) throw malformed(`The header ${name.slice(0, 64)} must be ASCII.`);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}
