import { Readable } from "node:stream";
import { TransportError } from "./error.ts";
import { transportErrorOf } from "./foreign-error.ts";
import type { RequestHeaders, ResponseData, SendRequest, TransportRequest } from "./request.ts";

/** An HTTP request as AWS SDK v3 clients make it: the parts of `@smithy/types`' `HttpRequest` that are read. */
export interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>> | undefined;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** An HTTP response as AWS SDK v3 clients read it. */
export interface SdkResponse {
  readonly statusCode: number;
  readonly reason: string;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** What AWS SDK v3 clients pass with each request. */
export interface SdkHandlerOptions {
  readonly abortSignal?: AbortSignal | object | undefined;
  /** Milliseconds until the head of the answer must be there. */
  readonly requestTimeout?: number | undefined;
  readonly isEventStream?: boolean | undefined;
}

/** Options of {@link Transport.requestHandler}. */
export interface RequestHandlerOptions {
  /** Milliseconds until the head of an answer must be there; what the client passes wins. Default: `timeouts.headersMs`. */
  readonly requestTimeoutMs?: number;
}

/** The `requestHandler` of AWS SDK v3 clients. */
export interface HttpHandler {
  readonly metadata: { readonly handlerProtocol: string };
  handle(request: SdkRequest, options?: SdkHandlerOptions): Promise<{ response: SdkResponse }>;
  /** Does nothing: the transport is closed by who made it. */
  destroy(): void;
  updateHttpClientConfig(key: string, value: unknown): void;
  httpHandlerConfigs(): Record<string, unknown>;
}

/** Makes a request handler over `transport.request`. */
export function createRequestHandler(send: SendRequest, options: RequestHandlerOptions = {}): HttpHandler {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(request, { abortSignal, requestTimeout = options.requestTimeoutMs } = {}) {
      const signal = eventTarget(abortSignal);
      try {
        const answer = await send(sdkUrl(request), {
          method: request.method,
          headers: sendable(request.headers),
          body: sdkBody(request.body) as TransportRequest["body"],
          signal,
          headersMs: requestTimeout,
        });
        return { response: sdkResponse(answer) };
      } catch (error) {
        throw sdkError(error, signal);
      }
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
}

/** The URL of an SDK request, its query in the encoding that was signed. */
export function sdkUrl({ protocol, hostname, port, path, query }: SdkRequest): string {
  const host = hostname.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname;
  const search = sdkQuery(query);
  return `${protocol}//${host}${port === undefined ? "" : `:${port}`}${path}${search === "" ? "" : `?${search}`}`;
}

/** As smithy's `buildQueryString` does it: sorted by key, `null` without a value. */
export function sdkQuery(query: SdkRequest["query"]): string {
  const parts: string[] = [];
  for (const key of Object.keys(query ?? {}).toSorted()) {
    const value = (query as NonNullable<typeof query>)[key];
    const name = escapeUri(key);
    if (Array.isArray(value)) parts.push(...value.map((item) => `${name}=${escapeUri(item)}`));
    else parts.push(typeof value === "string" ? `${name}=${escapeUri(value)}` : name);
  }
  return parts.join("&");
}

function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

// undici speaks no Expect: 100-continue, and a header nobody signs may be left out.
function sendable(headers: Record<string, string>): RequestHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "expect"));
}

/** The body of an SDK request as undici takes it. */
export function sdkBody(body: unknown): unknown {
  if (body instanceof ReadableStream) return Readable.fromWeb(body as import("node:stream/web").ReadableStream);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  return body;
}

function sdkResponse({ statusCode, statusText, headers, body }: ResponseData): SdkResponse {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return { statusCode, reason: statusText, headers: flat, body };
}

/** Older SDK clients have a polyfilled signal that is no event target. */
export function eventTarget(signal: SdkHandlerOptions["abortSignal"]): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  const given = signal as { readonly aborted?: boolean; onabort?: () => void };
  if (given.aborted === true) controller.abort();
  else Object.assign(given, { onabort: () => controller.abort() });
  return controller.signal;
}

/** The codes that the SDK's retry strategies treat as passing trouble. */
const transient: ReadonlySet<string> = new Set([
  "CONNECT_TIMEOUT",
  "HEADERS_TIMEOUT",
  "BODY_TIMEOUT",
  "CONNECTION_LOST",
]);

/**
 * Gives an error the name by which the SDK knows it: `AbortError` for the caller's abort, `TimeoutError` for what may be
 * retried. A refusal by the policy keeps its own name, and so is not retried.
 */
export function sdkError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) {
    return Object.assign(new Error("Request aborted", { cause: signal.reason }), { name: "AbortError" });
  }
  const own = transportErrorOf(error);
  if (own instanceof TransportError && transient.has(own.code)) {
    Object.defineProperty(own, "name", { value: "TimeoutError", configurable: true });
  }
  return error;
}
