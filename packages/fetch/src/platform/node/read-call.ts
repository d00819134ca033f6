import { checkFields } from "../../call/check-fields.ts";
import { hasDotSegments } from "../../call/dot-segments.ts";
import { knowBody } from "../../call/know-body.ts";
import {
  checkInit,
  type FetchInput,
  isRequest,
  isStream,
  MAX_BUFFER_BYTES,
  type Outgoing,
  type OutgoingInit,
  type Remember,
  textOf,
  unquoted,
  urlOf,
} from "../../call/outgoing.ts";
import { own } from "../../call/own.ts";

/** The fields that a Request shows and a RequestInit takes, except its body. */
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

/** Methods that fetch writes in upper case (https://fetch.spec.whatwg.org/#methods). */
const NORMALISED = /^(?:delete|get|head|options|post|put)$/i;

type Fields = Omit<OutgoingInit, "method" | "headers" | "body"> & Pick<RequestInit, "method" | "headers" | "body">;

/**
 * Reads both forms of calling fetch into one, with the body's bytes known.
 *
 * Follows the Request constructor: a field of `init` replaces the Request's. Every own field of the caller's `init` is
 * passed on, extensions of the runtime included. The address is read once, and what was read is what is sent.
 *
 * @throws FetchError `INVALID_REQUEST`, or what `knowBody` throws.
 */
export async function readCall(
  input: FetchInput,
  init?: RequestInit | null,
  maxBufferBytes: number = MAX_BUFFER_BYTES,
  // Here the address stays text until it is sent.
  _remember?: Remember,
): Promise<Outgoing> {
  checkInit(init);
  const request = isRequest(input) ? input : undefined;
  const native = request instanceof Request ? request : undefined;
  // From the platform's own getter, because a subclass may override it.
  const given: unknown = native
    ? unquoted("url", () => Reflect.get(Request.prototype, "url", native))
    : (request?.url ?? input);
  const address = textOf(given);
  const url = urlOf(address);
  // A Request handed on with an init loses its referrer; one of another implementation loses everything.
  const fields: Fields = own(fieldsOf(request), fieldsOf(init));
  const { method = "GET", body: ownBody, signal } = fields;
  checkFields(fields);
  signal?.throwIfAborted();
  const headers = unquoted("headers", () => new Headers(fields.headers));
  // fetch(url, request) is a common way to change an address: every field of the Request counts, and its body.
  const source = (isRequest(init) ? init : ownBody) ?? request ?? null;
  const { body, contentType } = await knowBody(source, maxBufferBytes, signal);
  if (contentType && !headers.has("content-type")) headers.set("content-type", contentType);
  return {
    input: native ?? (hasDotSegments(address) ? address : url.href),
    url,
    init: Object.assign(fields, {
      method: NORMALISED.test(method) ? method.toUpperCase() : method,
      headers,
      body,
      // The standard requires it for streams (https://github.com/whatwg/fetch/pull/1457).
      ...(isStream(body) && { duplex: "half" as const }),
    }),
  };
}

/** The fields that are set. A field that the runtime does not implement is left out, because workerd refuses it. */
function fieldsOf(source: RequestInit | Request | null | undefined): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = Object.create(null);
  for (const name of isRequest(source) ? FIELDS : Object.keys(source ?? {})) {
    const value = (source as unknown as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}
