import { knowBody } from "../../call/know-body.ts";
import { checkMode, isRequest, isStream, MAX_BUFFER_BYTES, type Outgoing, urlOf } from "../../call/outgoing.ts";

/** The fields that a Request shows and a RequestInit takes, its body aside. */
const FIELDS = [
  "method",
  "headers",
  "signal",
  "mode",
  "credentials",
  "cache",
  "redirect",
  "referrer",
  "referrerPolicy",
  "integrity",
  "keepalive",
  "cf",
];

/** Methods that fetch writes in upper case whatever the caller wrote (https://fetch.spec.whatwg.org/#methods). */
const NORMALISED = /^(?:delete|get|head|options|post|put)$/i;

/**
 * Reads both forms of calling fetch into one, with the body's bytes known.
 *
 * Follows the Request constructor: a field of `init` replaces the Request's. Nothing is dropped: the caller's `init`
 * is passed on with what it holds, extensions of the runtime included.
 *
 * @throws FetchError `INVALID_REQUEST`, or what `knowBody` throws.
 */
export async function readCall(
  input: RequestInfo | URL,
  init?: RequestInit,
  maxBufferBytes: number = MAX_BUFFER_BYTES,
): Promise<Outgoing> {
  const request = isRequest(input) ? input : undefined;
  // Where a Request goes is not what a class on top of it says.
  const url = urlOf(request instanceof Request ? Reflect.get(Request.prototype, "url", request) : input);
  // A Request handed on with an init loses its referrer; one of another implementation loses everything.
  const fields: RequestInit = { ...fieldsOf(request), ...fieldsOf(init) };
  const { method = "GET", mode, signal } = fields;
  signal?.throwIfAborted();
  checkMode(mode);
  const headers = new Headers(fields.headers);
  // fetch(url, request) is a common way to change an address: every field of the Request counts, and its body.
  const given = (isRequest(init) ? init : init?.body) ?? request ?? null;
  const { body, contentType } = await knowBody(given, maxBufferBytes, signal);
  if (contentType && !headers.has("content-type")) headers.set("content-type", contentType);
  return {
    input: request instanceof Request ? request : url.href,
    url,
    init: {
      ...fields,
      method: NORMALISED.test(method) ? method.toUpperCase() : method,
      headers,
      body,
      // The standard demands it of whoever sends a stream (https://github.com/whatwg/fetch/pull/1457).
      ...(isStream(body) && { duplex: "half" }),
    },
  };
}

/** Only what the runtime knows: workerd refuses a field it does not implement. */
function fieldsOf(source: Request | RequestInit | undefined): RequestInit {
  const fields: Record<string, unknown> = {};
  for (const name of isRequest(source) ? FIELDS : Object.keys(source ?? {})) {
    const value = (source as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}
