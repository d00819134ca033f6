import { type Shapes, checkOptions, oneOf, optional, flag, isRecord } from "@countersign/signer/options";
import { TransportError, invalidRequest, refuseOption, refuseRequest } from "../errors/error.ts";
import { transportErrorOf } from "../errors/foreign-error.ts";
import { awaitErrors } from "./body-stream.ts";
import { optionalTimerMs } from "../options.ts";
import type { SendHttp2 } from "./request-handler-http2.ts";
import type { RequestHeaders, ResponseData, SendRequest, TransportRequest } from "./request.ts";
import {
  type SdkHandlerOptions,
  type SdkRequest,
  type SdkResponse,
  isStreaming,
  sdkBody,
  sdkOrigin,
  sdkPath,
} from "./sdk-request.ts";

/** Options of {@link Transport.requestHandler}. */
export interface RequestHandlerOptions {
  /**
   * `auto`: HTTP/1.1, and HTTP/2 for requests whose body is an event stream, which need it. `h2`: HTTP/2 for all.
   * Default `auto`.
   */
  readonly protocol?: "auto" | "http/1.1" | "h2" | undefined;
  /** Milliseconds until the head of an answer must be there. The client's own limit wins. Default: `timeouts.headersMs`. */
  readonly requestTimeoutMs?: number | undefined;
}

/** The `requestHandler` of AWS SDK v3 clients. */
export interface HttpHandler {
  readonly metadata: { readonly handlerProtocol: string };
  handle(request: SdkRequest, options?: SdkHandlerOptions): Promise<{ response: SdkResponse }>;
  /** Does nothing: close the transport instead, which other clients may share. */
  destroy(): void;
  updateHttpClientConfig(key: string, value: unknown): void;
  httpHandlerConfigs(): Record<string, unknown>;
}

/** The ways in which a handler sends, and their limits. */
export interface HandlerSenders {
  readonly http1: SendRequest;
  readonly http2: SendHttp2;
  readonly headersMs: number;
  readonly bodyMs: number;
  readonly bodyIdleMs: number;
}

const shapes: Shapes<RequestHandlerOptions> = {
  protocol: optional(oneOf("auto", "http/1.1", "h2")),
  requestTimeoutMs: optional(optionalTimerMs),
};

/**
 * Makes a request handler over `transport.request` and, for event streams, over HTTP/2.
 *
 * @throws {TransportError} `INVALID_OPTION`.
 */
export function createRequestHandler(
  { http1, http2, headersMs, bodyMs, bodyIdleMs }: HandlerSenders,
  options?: RequestHandlerOptions,
): HttpHandler {
  const { protocol = "auto", requestTimeoutMs = headersMs } = checkOptions(options, shapes, refuseOption);
  return {
    metadata: { handlerProtocol: protocol === "h2" ? "h2" : "http/1.1" },
    async handle(sdkRequest, given) {
      const request = ownProperties(sdkRequest);
      awaitErrors(request.body);
      if (!isRecord(request.headers)) {
        throw invalidRequest("headers: must be headers by name");
      }
      if (given !== undefined && !isRecord(given)) throw invalidRequest("options: must be an object");
      const {
        abortSignal,
        requestTimeout = requestTimeoutMs,
        isEventStream = false,
      } = ownProperties<SdkHandlerOptions>(given);
      flag(isEventStream, "isEventStream", refuseRequest);
      optionalTimerMs(requestTimeout, "requestTimeout", refuseRequest);
      const signal = eventTarget(abortSignal);
      const bidirectional = isEventStream && isStreaming(request.body);
      try {
        if (protocol === "h2" || (protocol === "auto" && bidirectional)) {
          const response = await http2({
            request,
            signal,
            headersMs: requestTimeout,
            bodyMs,
            bodyIdleMs: isEventStream ? 0 : bodyIdleMs,
            isolated: isEventStream,
          });
          return { response };
        }
        const answer = await http1(`${sdkOrigin(request)}${sdkPath(request)}`, {
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

/** SDK clients pass more than the handler reads, so unknown names are allowed here. */
function ownProperties<Given extends object>(given: Given | undefined): Given {
  return Object.assign(Object.create(null) as Given, given);
}

// undici does not support Expect: 100-continue, and writes the framing of a body itself: S3 clients name chunks for a stream.
// SDK clients sign neither header.
function sendable(headers: Record<string, string>): RequestHeaders {
  const list: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const isFraming = /^transfer-encoding$/iu.test(name) && /^chunked$/iu.test(value);
    if (value !== undefined && name.toLowerCase() !== "expect" && !isFraming) list.push(name, value);
  }
  return list;
}

function sdkResponse({ statusCode, statusText, headers, body }: ResponseData): SdkResponse {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return { statusCode, reason: statusText, headers: flat, body };
}

// Older clients pass a polyfilled signal, which has `aborted` and `onabort` but is not an event target.
function eventTarget(signal: SdkHandlerOptions["abortSignal"]): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  const given = signal as { readonly aborted?: unknown } | null;
  if (typeof given?.aborted !== "boolean") throw invalidRequest("abortSignal: must be an AbortSignal");
  if (given.aborted) controller.abort();
  else Object.assign(given, { onabort: () => controller.abort() });
  return controller.signal;
}

/** The codes that the SDK's retry strategies should treat as transient. */
const transient: ReadonlySet<string> = new Set([
  "CONNECT_TIMEOUT",
  "HEADERS_TIMEOUT",
  "BODY_TIMEOUT",
  "CONNECTION_LOST",
]);

/**
 * Gives an error the name that the SDK knows: `AbortError` for the caller's abort, `TimeoutError` for transient errors. A
 * refusal by the policy keeps its own name, so the SDK does not retry it.
 */
function sdkError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) {
    return Object.assign(new Error("Request aborted", { cause: signal.reason }), { name: "AbortError" });
  }
  const own = transportErrorOf(error);
  if (own instanceof TransportError && transient.has(own.code)) {
    // A descriptor that inherits would read `get` and `set` of a polluted `Object.prototype`.
    Object.defineProperty(own, "name", { __proto__: null, value: "TimeoutError", configurable: true } as object);
  }
  return error;
}
