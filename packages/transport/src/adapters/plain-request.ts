import type { PoolRequest } from "./line.ts";

/** A request that `node:http` sends as undici does. */
export interface PlainRequest extends PoolRequest {
  /** Names and values in turn, complete. */
  readonly list: readonly string[];
  readonly bytes: Uint8Array | undefined;
}

/** RFC 9110, section 5.6.2, without letters and digits. */
const tokenMarks = "!#$%&'*+-.^_`|~";

/** Headers that say how a message is sent, and that undici refuses or rewrites. */
const framing: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "expect",
  "te",
  "trailer",
  "proxy-connection",
]);

// Loops and no patterns: compiling a pattern costs a first request more than all that it tests.

function isToken(name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    // The bit 0x20 tells small letters from capitals.
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isLetter && !isDigit && !tokenMarks.includes(name.charAt(index))) return false;
  }
  return name !== "";
}

/** RFC 9110, section 5.5. */
function isValue(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0xff || code === 0x7f || (code < 0x20 && code !== 0x09)) return false;
  }
  return true;
}

/**
 * The request if it is a POST with bytes or text, or a GET without a body, and its headers need no judgement.
 * `undefined` for all others: undici sends these, or refuses them.
 */
export function plainRequest(request: PoolRequest, host: string): PlainRequest | undefined {
  const { method, headers, body } = request;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  if (method === "POST" ? !(bytes instanceof Uint8Array) : method !== "GET" || bytes !== null) return undefined;
  const length = method === "POST" ? String((bytes as Uint8Array).length) : undefined;
  const list = plainHeaders(headers, host, length);
  return list && { ...request, list, bytes: (bytes as Uint8Array | null) ?? undefined };
}

/** As undici writes them: first `host` and `connection`, last `content-length`. */
function plainHeaders(headers: unknown, host: string, length: string | undefined): string[] | undefined {
  let named = host;
  const list: string[] = [];
  for (const [name, text] of entries(headers) ?? [["", ""]]) {
    if (typeof name !== "string" || typeof text !== "string" || !isToken(name) || !isValue(text)) return undefined;
    const lower = name.toLowerCase();
    if (framing.has(lower)) return undefined;
    if (lower === "host") {
      if (named !== host) return undefined;
      named = text;
    } else if (lower === "content-length") {
      if (text !== length) return undefined;
    } else list.push(name, text);
  }
  list.unshift("host", named, "connection", "keep-alive");
  if (length !== undefined) list.push("content-length", length);
  return list;
}

/** The pairs of a flat list or of a plain object. `undefined` for other forms. */
function entries(headers: unknown): (readonly unknown[])[] | undefined {
  if (headers === null) return [];
  if (!Array.isArray(headers)) {
    const isPlain = typeof headers === "object" && !(Symbol.iterator in headers);
    return isPlain ? Object.entries(headers).filter(([, text]) => text !== undefined) : undefined;
  }
  if (headers.length % 2 !== 0) return undefined;
  return Array.from({ length: headers.length / 2 }, (_, index) => headers.slice(index * 2, index * 2 + 2) as unknown[]);
}
