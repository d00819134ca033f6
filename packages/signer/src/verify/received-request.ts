import { own } from "../errors/own.ts";
import { VerifyError } from "./verify-error.ts";
import { trimSpace } from "./white-space.ts";

/** Headers as servers hold them: Node's `rawHeaders` (names and values in turn), pairs, a record, or `Headers`. */
export type ReceivedHeaders =
  | readonly string[]
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | Headers;

/** A request as it arrived, before any router or parser touched it. */
export interface ReceivedRequest {
  readonly method: string;
  /** The request target as on the wire (`request.url` of Node), or an absolute URL. */
  readonly url: string;
  /** All headers, repeated ones included. Without `host` (or `:authority`), the absolute URL's host counts. */
  readonly headers: ReceivedHeaders;
  /** The bytes of the body. May be left out where chunks or events are verified one by one through `chain`. */
  readonly body?: Uint8Array | ArrayBuffer | string | null | undefined;
  /**
   * The body is read after verification, so `body` is left out: a hash that the request announces in
   * `x-amz-content-sha256` is taken as it is signed. Compare it with `payloadHash` of the verified request before the
   * last byte of the body counts.
   */
  readonly bodyFollows?: boolean | undefined;
}

/** The parts of a received request, taken apart but not interpreted. */
export interface RequestParts {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Lower-case names; the values of one name in the order they arrived. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array | undefined;
  readonly bodyFollows: boolean;
}

const encoder = new TextEncoder();

/** A name or an address in brackets, and a port. Clients write the zone of a link-local address: no URL has one. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+(?:%[\w.-]+)?\])?(?::\d*)?$/i;

/**
 * Takes a request apart.
 *
 * @throws VerifyError `InvalidRequest` for a target that is neither a path nor an absolute URL, or has a fragment: what
 * is routed would not be what is verified (RFC 9112, section 3.2). Likewise when target and headers name different hosts
 * (section 3.2.2).
 */
export function readRequest(request: ReceivedRequest): RequestParts {
  const received = Object(request) as ReceivedRequest;
  const { method, url, headers: given } = received;
  const body = own(received, "body");
  const bodyFollows = own(received, "bodyFollows");
  if (typeof method !== "string" || typeof url !== "string" || typeof given !== "object" || given === null) {
    throw new VerifyError("InvalidRequest", "The request must have a method, a target and headers.");
  }
  const [, scheme = "", authority, target] =
    /^(?:((?:http|ws)s?):\/\/([^/?#]*)(?=[/?]|$)|(?=\/))([^#]*)$/i.exec(url) ?? [];
  if (target === undefined) {
    throw new VerifyError("InvalidRequest", "The request target must begin with / or be a URL, and have no fragment.");
  }
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);

  const headers = new Map<string, string[]>();
  const add = (name: unknown, held: unknown): void => {
    if (typeof name !== "string") throw new VerifyError("InvalidRequest", "A header must have a name.");
    // A client of HTTP/2 may send both; they name the same thing (RFC 9113, section 8.3.1).
    const lower = name.toLowerCase() === ":authority" ? "host" : name.toLowerCase();
    const value = typeof held === "number" ? String(held) : held;
    if (typeof value !== "string") throw new VerifyError("InvalidRequest", "The value of a header must be text.");
    const values = headers.get(lower);
    if (values === undefined) headers.set(lower, [value]);
    else if (lower !== "host" || !values.includes(value)) values.push(value);
  };
  forEachHeader(given, add);
  if (authority !== undefined) {
    const defaultPort = /^(?:https|wss)$/i.test(scheme) ? /:443$/ : /:80$/;
    const host = authority.replace(defaultPort, "").toLowerCase();
    const named = headers.get("host") ?? [host];
    headers.set("host", named);
    if (named.some((one) => trimSpace(one).replace(defaultPort, "").toLowerCase() !== host)) {
      throw new VerifyError("InvalidRequest", "The request target and the Host header name different hosts.");
    }
  }
  const [host = "", ...more] = headers.get("host") ?? [];
  // A signature over "a,b" or "a@b" matches, and the application would route by a part of it (RFC 9112, section 3.2).
  if (more.length > 0 || !HOST.test(trimSpace(host))) {
    throw new VerifyError("InvalidRequest", "The request must name one host, as name:port.");
  }
  return {
    method,
    path: path === "" ? "/" : path,
    query: mark < 0 ? "" : target.slice(mark + 1),
    headers,
    body: body === undefined ? undefined : toBytes(body),
    bodyFollows: bodyFollows === true && body === undefined,
  };
}

/** The one value of a header; several are a contradiction, and refused. */
export function onlyValue(parts: RequestParts, name: string): string | undefined {
  const values = parts.headers.get(name);
  if (values !== undefined && values.length > 1) {
    throw new VerifyError("IncompleteSignature", `The header '${name}' must not be repeated.`);
  }
  return values?.[0] === undefined ? undefined : trimSpace(values[0]);
}

/** Values are whatever a server holds: Node's outgoing headers, for one, may be numbers. */
function forEachHeader(headers: ReceivedHeaders, add: (name: unknown, value: unknown) => void): void {
  if (Array.isArray(headers) && typeof headers[0] === "string") {
    for (let i = 0; i + 1 < headers.length; i += 2) add(headers[i], headers[i + 1]);
  } else if (typeof (headers as Partial<Iterable<unknown>>)[Symbol.iterator] === "function") {
    for (const pair of headers as Iterable<readonly [string, string]>)
      if (Array.isArray(pair)) add(pair[0], pair[1]);
      else add("", "");
  } else {
    for (const [name, value] of Object.entries(headers)) {
      for (const one of [value ?? []].flat()) add(name, one);
    }
  }
}

function toBytes(body: NonNullable<ReceivedRequest["body"]> | null): Uint8Array {
  if (body === null) return new Uint8Array();
  if (typeof body === "string") return encoder.encode(body);
  // Compared by name, because frames and test runners have their own constructors.
  const kind = Object.prototype.toString.call(body).slice(8, -1);
  if (kind === "Uint8Array" && ArrayBuffer.isView(body)) return body;
  if (kind === "ArrayBuffer") return new Uint8Array(body);
  throw new VerifyError("InvalidRequest", "The body must be bytes or text.");
}
