import type { HttpRequest } from "@smithy/types";
import type { Body } from "@countersign/signer";

/** What signing writes itself, and an earlier attempt may have left. */
const WRITTEN_BY_SIGNING = new Set(["authorization", "date", "x-amz-date", "x-amz-security-token"]);

/** An AWS SDK request as the signer takes it. */
export interface ReadRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** HTTP/2's `:authority`, which clients set for a handler of that protocol: sent on, and signed as the host it is. */
  readonly pseudo: Readonly<Record<string, string>>;
  readonly body: Body;
}

/**
 * Reads an SDK request; `undefined` when its body cannot be hashed as it is or its payload hash is decided already,
 * both of which the SDK's own signer knows how to treat.
 */
export function readRequest(request: HttpRequest): ReadRequest | undefined {
  const body = bodyOf(request.body);
  const headers: Record<string, string> = {};
  const pseudo: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    const lower = name.toLowerCase();
    if (lower === "x-amz-content-sha256") return undefined;
    if (value === undefined || WRITTEN_BY_SIGNING.has(lower)) continue;
    if (name.startsWith(":")) pseudo[name] = value;
    else headers[name] = value;
  }
  return body === undefined ? undefined : { method: request.method, url: urlOf(request), headers, pseudo, body };
}

/** The address, written as the SDK's request handlers write it on the wire. */
export function urlOf({ protocol, hostname, port, path, query }: HttpRequest): string {
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  const search = queryString(query);
  const separator = search === "" ? "" : path.includes("?") ? "&" : "?";
  return `${protocol.replace(/:?$/u, ":")}//${host}${path === "" ? "/" : path}${separator}${search}`;
}

/** A copy of the request with other headers, or another query; its prototype is what SDK middleware asks for. */
export function withParts(request: HttpRequest, parts: Partial<Pick<HttpRequest, "headers" | "query">>): HttpRequest {
  return Object.assign(Object.create(Object.getPrototypeOf(request) as object | null) as HttpRequest, request, parts);
}

function bodyOf(body: unknown): Body | undefined {
  if (body === undefined || body === null) return null;
  if (typeof body === "string" || body instanceof Uint8Array || body instanceof ArrayBuffer) return body;
  return ArrayBuffer.isView(body) ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength) : undefined;
}

function queryString(query: HttpRequest["query"]): string {
  const pairs: string[] = [];
  for (const name of Object.keys(query ?? {}).toSorted()) {
    const value = query?.[name];
    const key = escape(name);
    if (Array.isArray(value)) for (const one of value) pairs.push(`${key}=${escape(one)}`);
    else pairs.push(typeof value === "string" ? `${key}=${escape(value)}` : key);
  }
  return pairs.join("&");
}

/** RFC 3986, section 2.3: everything but the unreserved characters. */
function escape(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/gu, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
