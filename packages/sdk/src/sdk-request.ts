import type { Body } from "@countersign/signer";
import { isRecord, own } from "@countersign/signer/options";
import type { HttpRequest } from "@smithy/types";
import { refuse } from "./error.ts";

/** The headers that signing writes. An earlier attempt may have left them in the request. */
const WRITTEN_BY_SIGNING = new Set(["authorization", "date", "x-amz-date", "x-amz-security-token"]);

/** An AWS SDK request in the form of the signer. */
export interface ReadRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** HTTP/2's `:authority`, which clients set for a handler of that protocol. It is sent, and signed as the host. */
  readonly pseudo: Readonly<Record<string, string>>;
  readonly body: Body;
}

/**
 * Reads an SDK request. Returns `undefined` for a body that cannot be hashed at once and for a payload hash that is
 * given: the SDK's own signer signs those.
 *
 * @throws SdkError `INVALID_REQUEST`, as `urlOf`.
 */
export function readRequest(request: HttpRequest): ReadRequest | undefined {
  const url = urlOf(request);
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
  return body === undefined ? undefined : { method: request.method, url, headers, pseudo, body };
}

/** In other paths, handlers and the URL parser change what was signed: a space becomes `%20`, a backslash a slash. */
const PATH = /^(?:\/[!-[\]-~]*)?$/u;

const HOSTNAME = /^(?:[\w.-]{1,255}|\[[\da-f:.]{2,45}\])$/iu;

/**
 * The address as the SDK's request handlers write it on the wire.
 *
 * @throws SdkError `INVALID_REQUEST` when its parts could be read as another host, or when a `host` header names another
 * one: the signature would then be valid for AWS and sent elsewhere.
 */
export function urlOf(request: HttpRequest): string {
  checkParts(request);
  const { protocol, hostname, port, path, query, headers } = request;
  if (!HOSTNAME.test(hostname)) refuse("hostname: must be a host name or address without a port");
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
    refuse("port: must be 0 to 65535");
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  if (!PATH.test(path))
    refuse('path: must begin with "/" and hold only printable ASCII without "\\"; percent-encode the rest');
  for (const [name, value] of Object.entries(headers)) {
    if (/^(?:host|:authority)$/iu.test(name) && !isSameHost(value, hostname, port ?? defaultPort(protocol))) {
      refuse(`${name}: must be the host that the request is sent to`);
    }
  }
  const search = queryString(query);
  // Handlers write a second question mark, whatever the path holds.
  if (search !== "" && path.includes("?"))
    refuse("path: must have no query beside the field query; put all of it there");
  return `${protocol.replace(/:?$/u, ":")}//${host}${path === "" ? "/" : path}${search === "" ? "" : "?"}${search}`;
}

/** The SDK forms these parts; a middleware of the program may have changed them. */
function checkParts(request: HttpRequest): void {
  const { method, protocol, hostname, path, headers } = Object(request) as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries({ method, protocol, hostname, path })) {
    if (typeof value !== "string") refuse(`${name}: must be text`);
  }
  if (typeof headers !== "object" || headers === null) refuse("headers: must be an object");
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && typeof value !== "string") refuse(`headers: the value of ${name} must be text`);
  }
}

/** A `Host` header may leave out the port; the SDK writes the port only when the request has one. */
export function isSameHost(given: string, hostname: string, port: number | string): boolean {
  const value = given.toLowerCase();
  const name = hostname.toLowerCase();
  return value === name || value === `${name}:${port}`;
}

/** The port of a request that names none. */
export function defaultPort(protocol: string): number {
  return /^(?:http|ws):?$/iu.test(protocol) ? 80 : 443;
}

/** A copy of the request with other parts. It keeps the prototype, which SDK middleware tests. */
export function withParts(request: HttpRequest, parts: Partial<HttpRequest>): HttpRequest {
  return { __proto__: Object.getPrototypeOf(request) as never, ...request, ...parts } as HttpRequest;
}

/** The parts that are judged, signed and sent. */
const PARTS = ["method", "protocol", "hostname", "port", "path", "query", "headers", "body"] as const;

/**
 * A copy whose parts are plain values, each read once: a getter could give the signature one host and the connection
 * another. With `bytes`, the body's bytes are copied also, since a caller may reuse its buffer while a guard looks up facts.
 */
export function copyOf(request: HttpRequest, bytes: boolean): HttpRequest {
  const plain = { ...request };
  // Those of a class, which has getters. What only a polluted `Object.prototype` has becomes an own `undefined`.
  const inherited = PARTS.filter((name) => !Object.hasOwn(plain, name) && name in request);
  const read: HttpRequest = { ...plain, ...Object.fromEntries(inherited.map((name) => [name, own(request, name)])) };
  const { method, headers, query, body } = read;
  return withParts(request, {
    ...read,
    // The guard and the signature read it so, and handlers would send "post" as it is written.
    ...(typeof method === "string" && { method: method.toUpperCase() }),
    headers: isRecord(headers) ? { ...headers } : headers,
    ...(isRecord(query) && { query: asText(query) }),
    ...(bytes && { body: copiedBody(body) }),
  });
}

/** Headers or a query whose values are text, each read once: an object could show another one the next time. */
export function asText<Values extends object>(values: Values): Values {
  const pairs = Object.entries(values).map(([name, value]: [string, unknown]) => {
    const texts = [value ?? []].flat().map(textOf);
    return [name, Array.isArray(value) ? texts : (texts[0] ?? value)];
  });
  return Object.fromEntries(pairs) as Values;
}

/**
 * @throws SdkError `INVALID_REQUEST` for objects that cannot be written as text, such as one without a prototype.
 */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return refuse("headers, query: must have values that are text");
  }
}

function copiedBody(body: unknown): unknown {
  const read = bodyOf(body);
  if (read instanceof ArrayBuffer) return new Uint8Array(read.slice(0));
  return read instanceof Uint8Array ? new Uint8Array(read) : body;
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
  if (/\p{Surrogate}/u.test(text)) refuse("query: must be well-formed Unicode; remove lone surrogates");
  return encodeURIComponent(text).replace(/[!'()*]/gu, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
