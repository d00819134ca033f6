import type { SignedRequest, Signer } from "@countersign/signer";
import { FetchError } from "../errors/fetch-error.ts";
import { createHostGate, type HostRule } from "../hosts/host-gate.ts";

/** How `signingInterceptor` signs. */
export interface SigningInterceptorOptions {
  /** The hosts that may be sent credentials. Default: those of the signer's own service in its region. */
  readonly allowedHosts?: readonly HostRule[] | undefined;
  /**
   * The oldest a signature may be when its request is written to a socket, in milliseconds; one that waited longer for
   * a connection is made anew. Default: 60,000.
   */
  readonly maxSignatureAgeMs?: number | undefined;
}

/** undici's `DispatchOptions` as far as a signature covers them. */
interface DispatchOptions {
  readonly origin?: string | URL | undefined;
  readonly path: string;
  readonly method: string;
  readonly query?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
}

interface DispatchController {
  abort(reason: Error): void;
}

/** undici 7's `DispatchHandler`. */
interface DispatchHandler {
  onRequestStart?(controller: DispatchController, context: unknown): void;
  onRequestUpgrade?(...rest: unknown[]): void;
  onResponseStarted?(...rest: unknown[]): void;
  onResponseStart?(...rest: unknown[]): void;
  onResponseData?(...rest: unknown[]): void;
  onResponseEnd?(...rest: unknown[]): void;
  onResponseError?(controller: DispatchController | undefined, error: Error): void;
}

type Dispatch = (options: DispatchOptions, handler: DispatchHandler) => boolean;

/** A request may be put off for its age only so often: a queue that is always longer than that never delivers. */
const MOST_SIGNATURES = 3;

/**
 * Makes an interceptor that signs what an undici 7 dispatcher sends: `dispatcher.compose(signingInterceptor(signer))`.
 *
 * It belongs before interceptors that retry or redirect, so that each of their sendings is signed anew. A signature
 * that grew old in undici's queue is replaced before the first byte leaves (aws-sdk-go#635, aws-sdk-js-v3#6222).
 *
 * @throws FetchError `INVALID_OPTION`; the dispatched request fails with `HOST_NOT_ALLOWED` or `STREAM_NEEDS_PAYLOAD`.
 * @example
 * const agent = new Agent().compose(signingInterceptor(createSigner({ region: "eu-west-1", credentials })));
 * const { body } = await request(url, { dispatcher: agent, method: "POST", body: "{}" });
 */
export function signingInterceptor(
  signer: Signer,
  options: SigningInterceptorOptions = {},
): <AnyDispatch extends (options: never, handler: never) => boolean>(dispatch: AnyDispatch) => AnyDispatch {
  const { maxSignatureAgeMs = 60_000 } = options;
  const { clock } = signer;
  const gate = createHostGate(options.allowedHosts, signer);
  if (!(maxSignatureAgeMs > 0)) {
    throw new FetchError("INVALID_OPTION", `maxSignatureAgeMs is ${maxSignatureAgeMs}: pass milliseconds above 0.`);
  }

  return <AnyDispatch extends (options: never, handler: never) => boolean>(next: AnyDispatch): AnyDispatch => {
    const dispatch = next as unknown as Dispatch;

    function signAndDispatch(request: DispatchOptions, handler: DispatchHandler, count: number): boolean {
      const url = urlOf(request);
      gate(url);
      const signable = { method: request.method, url, headers: headersOf(request.headers), body: bodyOf(request.body) };
      const send = (signed: SignedRequest): boolean => {
        const headers = { ...signed.headers };
        // undici writes both from what it sends.
        delete headers["content-length"];
        return dispatch({ ...request, query: undefined, path: pathOf(url), headers }, watch(clock.now()));
      };
      if (signer.credentials.peek() !== undefined) return send(signer.signSync(signable));
      signer
        .sign(signable)
        .then(send)
        .catch((error: unknown) => handler.onResponseError?.(undefined, error as Error));
      return true;

      /** Hands everything on to the handler, unless the request starts with a signature that is too old. */
      function watch(signedAt: number): DispatchHandler {
        const stale = new Error("the signature grew old in the queue");
        let putOff = false;
        return {
          onRequestStart(controller, context) {
            putOff = count < MOST_SIGNATURES && Math.abs(clock.now() - signedAt) > maxSignatureAgeMs;
            if (putOff) controller.abort(stale);
            else handler.onRequestStart?.(controller, context);
          },
          onRequestUpgrade: (...rest) => handler.onRequestUpgrade?.(...rest),
          onResponseStarted: (...rest) => handler.onResponseStarted?.(...rest),
          onResponseStart: (...rest) => handler.onResponseStart?.(...rest),
          onResponseData: (...rest) => handler.onResponseData?.(...rest),
          onResponseEnd: (...rest) => handler.onResponseEnd?.(...rest),
          onResponseError(controller, error) {
            if (putOff && error === stale) attempt(request, handler, count + 1);
            else handler.onResponseError?.(controller, error);
          },
        };
      }
    }

    function attempt(request: DispatchOptions, handler: DispatchHandler, count: number): boolean {
      try {
        return signAndDispatch(request, handler, count);
      } catch (error) {
        handler.onResponseError?.(undefined, error as Error);
        return true;
      }
    }

    return ((request: DispatchOptions, handler: DispatchHandler) =>
      attempt(request, handler, 1)) as unknown as AnyDispatch;
  };
}

function urlOf({ origin, path, query }: DispatchOptions): URL {
  if (origin === undefined) {
    throw new FetchError("INVALID_REQUEST", "The request names no origin: compose an Agent, not a Client or Pool.");
  }
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : [value]).map((one) => `${encode(name)}=${encode(String(one))}`),
  );
  return new URL(pairs.length === 0 ? path : `${path}${path.includes("?") ? "&" : "?"}${pairs.join("&")}`, origin);
}

/** A space as `%20`: what a plus sign in a query means depends on who reads it. */
const encode = encodeURIComponent;

function pathOf(url: URL): string {
  return `${url.pathname}${url.search}`;
}

/** undici takes headers as a record, as pairs, and as one flat list of names and values. */
function headersOf(headers: unknown): Headers {
  const read = new Headers();
  if (headers === undefined || headers === null) return read;
  if (Array.isArray(headers) && !Array.isArray(headers[0])) {
    for (let index = 0; index + 1 < headers.length; index += 2)
      read.append(String(headers[index]), String(headers[index + 1]));
    return read;
  }
  const pairs = Symbol.iterator in Object(headers) ? (headers as Iterable<[string, unknown]>) : Object.entries(headers);
  for (const [name, value] of pairs) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one !== undefined && one !== null) read.append(name, String(one));
    }
  }
  return read;
}

function bodyOf(body: unknown): string | Uint8Array | null {
  if (body === undefined || body === null) return null;
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  throw new FetchError(
    "STREAM_NEEDS_PAYLOAD",
    "The interceptor signs bodies whose bytes are known: pass a string, Buffer or Uint8Array, or use createSignedFetch.",
  );
}
