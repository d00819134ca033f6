import type { Dispatcher } from "undici";
import type { Origin, TransportDispatcher } from "./dispatcher.ts";
import { TransportError } from "../errors/error.ts";
import { endedBy } from "./track-handler.ts";

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

/** The answer to a request: `statusCode`, `headers`, and a `body` with `text()`, `json()`, `bytes()`. It must be read. */
export type ResponseData = Dispatcher.ResponseData;

/** Sends a request. */
export type SendRequest = (url: string | URL, request: TransportRequest) => Promise<ResponseData>;

interface Destination {
  readonly origin: string;
  readonly path: string;
}

/** The same few URLs are asked for again and again; parsing one costs more than the rest of our part of a request. */
const maxDestinations = 256;

/** Makes `transport.request` over a dispatcher. */
export function createRequest(dispatcher: TransportDispatcher): SendRequest {
  const destinations = new Map<string, Destination>();

  function destination(url: string | URL): Destination {
    const text = typeof url === "string" ? url : url.href;
    const known = destinations.get(text);
    if (known !== undefined) return known;
    const parsed = parseDestination(text);
    if (destinations.size >= maxDestinations) destinations.delete(destinations.keys().next().value as string);
    destinations.set(text, parsed);
    return parsed;
  }

  return function request(url, options) {
    let origin: Origin;
    let path: string;
    try {
      if (options.method === "CONNECT") throw tunnelRefused();
      const found = destination(url);
      path = found.path;
      origin = dispatcher.origin(found.origin);
    } catch (error) {
      return Promise.reject(error);
    }
    const { headers, signal } = options;
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (!origin.slots.take()) return patiently(origin, path, options);
    if (typeof headers !== "function") return origin.request(dispatchOptions(path, options, headers));
    // Not an async function: on the hot path the headers are there at once.
    try {
      const made = headers();
      if (!isPromise(made)) return origin.request(dispatchOptions(path, options, made));
      return sendWhenReady(origin, path, options, made);
    } catch (error) {
      return Promise.reject(giveBack(origin, error));
    }
  };
}

// undici turns it down before it dispatches, and the slot would never be given back.
function tunnelRefused(): TransportError {
  return new TransportError("INVALID_REQUEST", "method: CONNECT asks for a tunnel; use the option proxy", {
    phase: "configure",
  });
}

function giveBack(origin: Origin, error: unknown): Error {
  origin.slots.release();
  return error as Error;
}

/** A request that has to queue for a slot. */
async function patiently(origin: Origin, path: string, options: TransportRequest): Promise<ResponseData> {
  const { signal, headers } = options;
  await slot(origin, signal);
  return sendWhenReady(origin, path, options, async () => (typeof headers === "function" ? headers() : headers));
}

/** A slot is held and the headers are being made. */
async function sendWhenReady(
  origin: Origin,
  path: string,
  options: TransportRequest,
  making: Promise<RequestHeaders> | (() => Promise<RequestHeaders | undefined>),
): Promise<ResponseData> {
  let headers: RequestHeaders | undefined;
  try {
    headers = await unlessAborted(typeof making === "function" ? making() : making, options.signal);
  } catch (error) {
    throw giveBack(origin, error);
  }
  return origin.request(dispatchOptions(path, options, headers));
}

function unlessAborted<Value>(pending: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return pending;
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason as Error);
    if (signal.aborted) aborted();
    signal.addEventListener("abort", aborted, { once: true });
    pending.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
}

function slot(origin: Origin, signal: AbortSignal | undefined): Promise<void> {
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

function dispatchOptions(
  path: string,
  { method, body, signal, headersMs, bodyIdleMs }: TransportRequest,
  headers: RequestHeaders | undefined,
): Dispatcher.RequestOptions {
  return {
    path,
    method,
    headers: (headers ?? null) as Dispatcher.DispatchOptions["headers"],
    body: (body ?? null) as Dispatcher.DispatchOptions["body"],
    [endedBy]: signal,
    headersTimeout: headersMs ?? null,
    bodyTimeout: bodyIdleMs ?? null,
  } as Dispatcher.RequestOptions;
}

function isPromise(value: RequestHeaders | Promise<RequestHeaders>): value is Promise<RequestHeaders> {
  return typeof (value as Promise<RequestHeaders>).then === "function";
}

function parseDestination(text: string): Destination {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new TransportError("INVALID_REQUEST", "url: an absolute https: URL is needed", { phase: "configure" });
  }
  if (url.username !== "" || url.password !== "") {
    throw new TransportError(
      "INVALID_REQUEST",
      `url: user name and password before ${url.host} are not sent; use headers`,
      { phase: "configure" },
    );
  }
  // What was signed is what is sent: `URL` would collapse `%2e%2e` and re-encode apostrophes.
  const verbatim = /^https?:\/\/[^/?#\\]+([/?][!-~]*?)?(?:#|$)/i.exec(text);
  const path = verbatim === null || text.includes("\\") ? `${url.pathname}${url.search}` : (verbatim[1] ?? "/");
  return { origin: url.origin, path: path.startsWith("/") ? path : `/${path}` };
}
