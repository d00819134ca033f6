import { generations } from "@countersign/signer";
import type { Dispatcher } from "undici";
import { type Shapes, checkOptions, isRecord, optional, shape, signalShape, text } from "@countersign/signer/options";
import { urlText } from "../connection/origin.ts";
import { invalidRequest, refuseRequest } from "../errors/error.ts";
import { optionalTimerMs } from "../options.ts";
import { awaitErrors } from "./body-stream.ts";
import type { TransportDispatcher } from "./dispatcher.ts";
import type { PoolRequest } from "./line.ts";
import type { OriginPool } from "./origin-pool.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** Headers by name, or as a flat list of names and values: the list is the cheaper form. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>> | readonly string[];

/** One request of {@link Transport.request}. */
export interface TransportRequest {
  readonly method: string;
  /**
   * The headers, or a function that makes them. The function is called when a connection slot is granted, so that a
   * signature is made at dispatch and does not age in a queue.
   */
  readonly headers?: RequestHeaders | (() => RequestHeaders | Promise<RequestHeaders>) | undefined;
  readonly body?: Dispatcher.DispatchOptions["body"] | AsyncIterable<Uint8Array> | undefined;
  /** Ends the request, also while it waits for a slot or a connection. It rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Overrides `timeouts.headersMs` for this request. 0: no limit. */
  readonly headersMs?: number | undefined;
  /** Overrides `timeouts.bodyIdleMs` for this request. 0: no limit. */
  readonly bodyIdleMs?: number | undefined;
}

const shapes: Shapes<TransportRequest> = {
  method: text,
  headers: optional(
    shape(
      "headers by name, a flat list, or a function that returns one of them",
      (value) =>
        isRecord(value) || typeof value === "function" || (Object(value) === value && Symbol.iterator in Object(value)),
    ),
  ),
  body: shape(
    "text, bytes, a Blob or a stream of bytes; pass JSON.stringify(…) for an object, and use fetch for FormData",
    (value) => value === undefined || value === null || typeof value === "string" || isBinary(value),
  ),
  signal: optional(signalShape),
  headersMs: optional(optionalTimerMs),
  bodyIdleMs: optional(optionalTimerMs),
};

/** Whether undici takes a value as the bytes of a body. */
function isBinary(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer || body instanceof Blob) return true;
  // Streams of old libraries have only pipe.
  return Symbol.asyncIterator in body || "pipe" in body || (Symbol.iterator in body && !isPlatformForm(body));
}

/** undici takes its own FormData only. The name is read first, because the global class loads Node's `fetch`. */
function isPlatformForm(body: object): boolean {
  return (
    (body as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "FormData" && body instanceof FormData
  );
}

/**
 * The answer to a request: `statusCode`, `headers`, and a `body` with `text()`, `json()`, `bytes()`, which must be read. A
 * body that arrived together with the head is also in `bytes`, which is the cheapest way to read it.
 */
export type ResponseData = Dispatcher.ResponseData & { readonly bytes?: Uint8Array | undefined };

/** An empty object. A member found here was put into `Object.prototype`. */
const plain: Partial<TransportRequest> = {};

const names: ReadonlySet<string> = new Set(Object.keys(shapes));

/**
 * The request if its form is the usual one: headers by a function or as a list, and no limits of its own. `undefined` for
 * all others, which `checkOptions` judges: it takes several times as long.
 */
function usualRequest(given: TransportRequest, headersMs: number): ResolvedRequest | undefined {
  if (typeof given !== "object" || given === null || isPolluted()) return undefined;
  // This lists inherited names too.
  for (const name in given) if (!names.has(name) || !Object.hasOwn(given, name)) return undefined;
  const { method, headers, body, signal } = given;
  if (typeof method !== "string" || method === "" || (typeof headers !== "function" && !Array.isArray(headers)))
    return undefined;
  if (signal !== undefined && !(signal instanceof AbortSignal)) return undefined;
  if (typeof body !== "string" && !(body === undefined || body === null || isBinary(body))) return undefined;
  if (given.headersMs !== undefined || given.bodyIdleMs !== undefined) return undefined;
  return { method, headers, body, signal, headersMs, bodyIdleMs: undefined };
}

function isPolluted(): boolean {
  const { method, headers, body, signal, headersMs, bodyIdleMs } = plain;
  return (method ?? headers ?? body ?? signal ?? headersMs ?? bodyIdleMs) !== undefined;
}

/** Sends a request. */
export type SendRequest = (url: string | URL, request: TransportRequest) => Promise<ResponseData>;

/** A checked request, with the limit that applies. */
type ResolvedRequest = Omit<TransportRequest, "headersMs"> & { headersMs: number };

interface Destination {
  readonly origin: string;
  readonly path: string;
}

/**
 * Destinations of a generation. A client requests the same URLs many times, and parsing a URL costs more than the rest of
 * this module's work.
 */
const maxDestinations = 512;

/** Makes `transport.request` over a dispatcher. @param headersMs the default of requests. */
export function createRequest(dispatcher: TransportDispatcher, headersMs: number): SendRequest {
  const destination = generations(maxDestinations, parseDestination);

  return function request(url, given) {
    let options: ResolvedRequest;
    let origin: OriginPool;
    let path: string;
    try {
      options = usualRequest(given, headersMs) ?? (checkOptions(given, shapes, refuseRequest) as ResolvedRequest);
      options.headersMs ??= headersMs;
      if (options.body !== undefined) awaitErrors(options.body);
      // undici refuses CONNECT before it dispatches, and the slot would never be returned.
      if (options.method === "CONNECT") throw invalidRequest("method: must not be CONNECT; use the option proxy");
      const found = destination(urlText(url));
      path = found.path;
      origin = dispatcher.origin(found.origin);
    } catch (error) {
      return Promise.reject(error);
    }
    const { headers, signal } = options;
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (!origin.slots.take()) return patiently(origin, path, options);
    if (typeof headers !== "function") return origin.send(poolRequest(path, options, headers));
    // Not an async function: on the hot path the headers are there at once.
    try {
      const made = headers();
      if (!isPromise(made)) return origin.send(poolRequest(path, options, checkMade(made)));
      return sendWhenReady(origin, path, options, made);
    } catch (error) {
      return Promise.reject(giveBack(origin, error));
    }
  };
}

function giveBack(origin: OriginPool, error: unknown): Error {
  origin.slots.release();
  return error as Error;
}

/** A request that has to queue for a slot. */
async function patiently(origin: OriginPool, path: string, options: ResolvedRequest): Promise<ResponseData> {
  const { signal, headers } = options;
  await slot(origin, signal);
  return sendWhenReady(origin, path, options, async () => (typeof headers === "function" ? headers() : headers));
}

/** A slot is held and the headers are being made. */
async function sendWhenReady(
  origin: OriginPool,
  path: string,
  options: ResolvedRequest,
  making: Promise<RequestHeaders> | (() => Promise<RequestHeaders | undefined>),
): Promise<ResponseData> {
  let headers: RequestHeaders | undefined;
  try {
    headers = await unlessAborted(typeof making === "function" ? making() : making, options.signal);
    if (typeof options.headers === "function") checkMade(headers);
  } catch (error) {
    throw giveBack(origin, error);
  }
  return origin.send(poolRequest(path, options, headers));
}

function slot(origin: OriginPool, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      signal?.removeEventListener("abort", aborted);
      outcome();
    };
    const leave = origin.slots.wait({
      granted: () => settle(resolve),
      refused: (error) => settle(() => reject(error)),
    });
    const aborted = (): void => {
      leave();
      settle(() => reject(signal?.reason as Error));
    };
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

function poolRequest(
  path: string,
  { method, body, signal, headersMs, bodyIdleMs }: ResolvedRequest,
  headers: RequestHeaders | undefined,
): PoolRequest {
  return {
    path,
    method,
    headers: (headers ?? null) as PoolRequest["headers"],
    body: (body ?? null) as PoolRequest["body"],
    headersMs,
    bodyIdleMs,
    signal,
  };
}

/** The headers that a function made, checked: without them a request would leave without its signature. */
function checkMade(made: RequestHeaders | undefined): RequestHeaders {
  if (made === undefined || made === null) {
    throw invalidRequest("headers: the function must return headers by name, or a flat list");
  }
  return made;
}

function isPromise(value: RequestHeaders | Promise<RequestHeaders>): value is Promise<RequestHeaders> {
  return typeof (value as Promise<RequestHeaders> | undefined)?.then === "function";
}

function parseDestination(given: string): Destination {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw invalidRequest("url: must be an absolute https: URL");
  }
  if (url.username !== "" || url.password !== "") {
    throw invalidRequest("url: must not have a user name or password; use headers");
  }
  // The path that was signed must be sent unchanged: `URL` would collapse `%2e%2e` and re-encode apostrophes.
  const verbatim = /^https?:\/\/[^/?#\\]+([/?][!-~]*?)?(?:#|$)/i.exec(given);
  const path = verbatim === null || given.includes("\\") ? `${url.pathname}${url.search}` : (verbatim[1] ?? "/");
  return { origin: url.origin, path: path.startsWith("/") ? path : `/${path}` };
}
