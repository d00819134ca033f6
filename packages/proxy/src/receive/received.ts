import type { IncomingMessage } from "node:http";
import { malformed } from "../refusal.ts";

/** The head of a request, read once. Everything after works on this value. */
export interface Received {
  readonly method: string;
  /** The request target as it came: a path and query, byte for byte. */
  readonly target: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** Lower-case names; repeated headers are joined with a comma, as AWS joins them. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Headers that must not be repeated: two readers could believe different ones (RFC 9110, section 5.3). */
const SINGLE = new Set(["host", "content-length", "transfer-encoding", "content-type", "authorization", "expect"]);

/** Longer targets are refused: AWS's services accept at most 8 KiB of head for what they sign. */
const MAX_TARGET_CHARS = 8192;

/**
 * Reads the head of a request, and refuses what two readers could read in two ways: a target that is not a plain path,
 * dot segments, a repeated framing header, both framings at once (RFC 9112, section 6.3).
 *
 * @throws Refusal `ValidationException`.
 */
export function readHead({
  method = "",
  url = "",
  rawHeaders,
}: Pick<IncomingMessage, "method" | "url" | "rawHeaders">): Received {
  if (url.length > MAX_TARGET_CHARS)
    throw malformed(`The request target must be at most ${MAX_TARGET_CHARS} characters.`);
  if (!/^\/(?!\/)[!-~]*$/u.test(url) || /[\\#]/u.test(url)) {
    throw malformed("The request target must be a path that begins with one slash, without backslash or fragment.");
  }
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  if (/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/iu.test(path)) {
    throw malformed("The path must not contain dot segments: clients and servers resolve them differently.");
  }
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? "";
    const value = rawHeaders[index + 1] ?? "";
    const before = headers.get(name);
    if (before !== undefined && SINGLE.has(name)) throw malformed(`The header ${name} must not be repeated.`);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  if (headers.has("content-length") && headers.has("transfer-encoding")) {
    throw malformed("The request must not have both Content-Length and Transfer-Encoding.");
  }
  return { method, target: url, path, query: mark < 0 ? "" : url.slice(mark + 1), rawHeaders, headers };
}
