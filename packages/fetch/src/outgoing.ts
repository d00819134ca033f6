import { type KnownBody, knowBody, readBody } from "./body.ts";
import { FetchError } from "./error.ts";

/** A body that can be hashed and sent again, or a stream that can be neither. */
export type OutgoingBody = KnownBody["body"] | ReadableStream | null;

/** What middleware of this package passes on: a call whose method, headers and body are all in its `init`. */
export interface OutgoingInit extends RequestInit {
  readonly method: string;
  readonly headers: Headers;
  readonly body: OutgoingBody;
  readonly duplex?: "half";
}

/** A call to fetch with everything about it in one place. */
export interface Outgoing {
  /** The caller's Request, which carries what has no getter (`priority`, a dispatcher), or the URL. */
  readonly input: Request | string;
  /** Without its fragment, which is never sent. */
  readonly url: URL;
  readonly init: OutgoingInit;
  readonly signal: AbortSignal | undefined;
  readonly redirect: RequestRedirect;
}

/** 6,291,456 bytes: the largest body SageMaker's real-time invocations take. */
export const MAX_BUFFER_BYTES = 6_291_456;

/** The fields that a Request shows and a RequestInit takes, its method, headers, body and signal aside. */
const FIELDS = [
  "mode",
  "credentials",
  "cache",
  "redirect",
  "referrer",
  "referrerPolicy",
  "integrity",
  "keepalive",
  "priority",
  "duplex",
  "cf",
] as const;

/** Methods that fetch writes in upper case whatever the caller wrote (https://fetch.spec.whatwg.org/#methods). */
const NORMALISED = /^(?:delete|get|head|options|post|put)$/iu;

/** What was read, as it was then: middleware may write to the `init` it is given. */
const seen = new WeakMap<RequestInit, Pick<OutgoingInit, "method" | "headers" | "body">>();

/**
 * Reads both forms of calling fetch into one, with the body's bytes known.
 *
 * Follows the Request constructor: a field of `init` replaces the Request's. Nothing is dropped: the caller's `init`
 * is passed on with what it holds, extensions of the runtime included.
 *
 * @throws FetchError `INVALID_REQUEST`, or what `knowBody` throws.
 */
export async function outgoing(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  maxBufferBytes: number = MAX_BUFFER_BYTES,
): Promise<Outgoing> {
  const request = isRequest(input) ? input : undefined;
  const url = parseUrl(isRequest(input) ? input.url : String(input));
  if (init !== undefined && isRead(init)) return describe(request ?? url.href, url, init, request);

  // fetch(url, request) is a common way to change an address: every field of the Request counts.
  const given: RequestInit = isRequest(init) ? fieldsOf(init) : { ...init };
  const native = typeof Request === "function" && request instanceof Request;
  const signal = given.signal === null ? undefined : (given.signal ?? request?.signal);
  signal?.throwIfAborted();

  const method = given.method ?? request?.method ?? "GET";
  const headers = new Headers(given.headers ?? request?.headers);
  const body = await bodyOf(given.body, request, isRequest(init) ? init : undefined, maxBufferBytes, signal);
  const known = body !== null && "body" in body ? body : undefined;
  if (known?.contentType !== undefined && !headers.has("content-type")) headers.set("content-type", known.contentType);

  const whole: OutgoingInit = {
    // A Request handed on with an init loses its referrer; one of another implementation loses everything.
    ...(request && fieldsOf(request)),
    ...given,
    method: NORMALISED.test(method) ? method.toUpperCase() : method,
    headers,
    body: known?.body ?? (body as ReadableStream | null),
    // The standard demands it of whoever sends a stream (https://github.com/whatwg/fetch/pull/1457).
    ...(body !== null && known === undefined ? { duplex: "half" } : {}),
  };
  if ((whole.mode ?? request?.mode) === "no-cors") {
    throw new FetchError("INVALID_REQUEST", "mode 'no-cors' drops the headers of a signature: use 'cors'.");
  }
  return describe(native ? request : url.href, url, markRead(whole), request);
}

/** Whether this file made it, and nobody wrote anything into it since that would have to be read. */
function isRead(init: RequestInit): init is OutgoingInit {
  const was = seen.get(init);
  return was !== undefined && was.method === init.method && was.headers === init.headers && was.body === init.body;
}

function markRead(init: OutgoingInit): OutgoingInit {
  const { method, headers, body } = init;
  seen.set(init, { method, headers, body });
  return init;
}

/** The same call with some of it replaced, still recognised as read. */
export function replaceInit(call: Outgoing, change: Partial<OutgoingInit>): OutgoingInit {
  return markRead({ ...call.init, ...change });
}

/** The same call to another URL, which the caller's Request cannot carry. */
export function retarget(call: Outgoing, url: URL, change: Partial<OutgoingInit>): Outgoing {
  return { ...call, input: url.href, url, init: replaceInit(call, change) };
}

function describe(input: Request | string, url: URL, init: OutgoingInit, request: Request | undefined): Outgoing {
  return {
    input,
    url,
    init,
    signal: init.signal === null ? undefined : (init.signal ?? request?.signal),
    redirect: init.redirect ?? request?.redirect ?? "follow",
  };
}

async function bodyOf(
  given: unknown,
  request: Request | undefined,
  initRequest: Request | undefined,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<KnownBody | ReadableStream | null> {
  if (given !== undefined && given !== null) return knowBody(given, maxBytes, signal);
  const source = initRequest ?? request;
  if (source === undefined || source.body === null) return null;
  if (source.method === "GET" || source.method === "HEAD") return null;
  if (source.bodyUsed) throw new FetchError("INVALID_REQUEST", "The Request's body was read already: pass a clone.");
  return { body: await readBody(source, maxBytes, signal) };
}

/** Only what the runtime knows: workerd refuses a field it does not implement. */
function fieldsOf(request: Request): RequestInit {
  const fields: Record<string, unknown> = { method: request.method, headers: request.headers, signal: request.signal };
  for (const name of FIELDS) {
    const value = (request as unknown as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

function isRequest(value: unknown): value is Request {
  return typeof value === "object" && value !== null && "url" in value && "headers" in value && "arrayBuffer" in value;
}

function parseUrl(text: string): URL {
  try {
    const url = new URL(text, (globalThis as { readonly location?: { readonly href: string } }).location?.href);
    url.hash = "";
    return url;
  } catch {
    // Without its cause: Node's error repeats the URL, and with it a presigned signature.
    throw new FetchError("INVALID_REQUEST", "The URL is not absolute, or cannot be parsed.");
  }
}
