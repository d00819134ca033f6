import {
  type Clock,
  type Credentials,
  type EventListener,
  type Signer,
  type SigningSettings,
  createClock,
  createSigner,
  memoize,
} from "@countersign/signer";
import { knownEndpoint } from "./known-endpoint.ts";
import type { RetryOptions } from "./attempts.ts";
import { FetchError } from "./error.ts";
import { createHostGate, type HostRule } from "./host-rule.ts";
import { compose, type Fetch, type Middleware } from "./middleware.ts";
import { MAX_BUFFER_BYTES, outgoing } from "./outgoing.ts";
import { resigningRedirects } from "./redirect.ts";
import { attempting } from "./retry.ts";
import { type FetchPayload, signing } from "./signing.ts";

/** What `createSignedFetch` takes whoever signs. */
export interface SignedFetchBase {
  /** Sends the signed requests. Default: `globalThis.fetch`, looked up at each call. */
  readonly fetch?: Fetch | undefined;
  /**
   * The hosts that may be sent credentials. Default: those of the signer's own service in its region, VPC endpoints
   * included. Redirects are followed, signed anew, only to hosts named here.
   */
  readonly allowedHosts?: readonly HostRule[] | undefined;
  /** Dates signatures and waits between attempts. Default: the signer's, or a new one. */
  readonly clock?: Clock | undefined;
  /** How often a request is sent. Default: three times at most; `false`: once. */
  readonly retry?: RetryOptions | false | undefined;
  /** How the payload is covered. Default: `hash`; a stream as `init.body` needs `unsigned` or `{ sha256 }`. */
  readonly payload?: FetchPayload | undefined;
  /** Up to how many bytes a Request, Blob or FormData is read into memory. Default: 6,291,456. */
  readonly maxBufferBytes?: number | undefined;
  /** Outside signing and retries, the first one outermost; sees bodies as text or bytes. Default: none. */
  readonly middleware?: readonly Middleware[] | undefined;
  /** Receives `retry` and `redirect.refused`; without a `signer`, also `sign`, `clock.skew` and `credentials.refresh.*`. */
  readonly onEvent?: EventListener | undefined;
}

/** Signs with a signer of the caller's. */
export interface SignedFetchWithSigner extends SignedFetchBase {
  readonly signer: Signer;
}

/** Signs with credentials, for the service and region of each request's host where they are not given. */
export interface SignedFetchWithCredentials extends SignedFetchBase {
  readonly signer?: undefined;
  readonly credentials: Credentials;
  /** Default: the one the host names. */
  readonly region?: string | undefined;
  /** The signing name, such as `sagemaker`. Default: the one the host names. */
  readonly service?: string | undefined;
  readonly settings?: SigningSettings | undefined;
}

/** Who signs, and what surrounds it. */
export type SignedFetchOptions = SignedFetchWithSigner | SignedFetchWithCredentials;

/**
 * Makes a `fetch` that signs what it sends, to hosts that may see it, as often as is safe.
 *
 * Use it wherever a fetch is taken. Every field of `RequestInit` and `Request` is kept, except that `redirect:
 * "follow"` becomes "sign anew if allowed, refuse otherwise". HTTP errors are responses; it throws what fetch throws,
 * FetchError for its own refusals, and SignerError when credentials cannot be had.
 *
 * @throws FetchError `INVALID_OPTION`.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 * @example
 * const signed = createSignedFetch({ region: "eu-west-1", credentials });
 * const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/my-endpoint/invocations";
 * const response = await signed(url, { method: "POST", body: JSON.stringify({ inputs: "Hello" }) });
 */
export function createSignedFetch(options: SignedFetchOptions): typeof fetch {
  const { allowedHosts, onEvent, payload = "hash", maxBufferBytes = MAX_BUFFER_BYTES } = check(options);
  const { clock, credentials, scope, signerOf } = source(options);
  const gate = createHostGate(allowedHosts, scope);
  const send: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));

  const sendAll = compose(
    send,
    ...(options.middleware ?? []),
    resigningRedirects({ gate: allowedHosts === undefined ? undefined : gate, maxBufferBytes, clock, onEvent }),
    attempting(options.retry, { clock, credentials, maxBufferBytes, onEvent }),
    signing(signerOf, { gate, payload, maxBufferBytes }),
  );
  return async function signedFetch(input, init) {
    const call = await outgoing(input, init, maxBufferBytes);
    // Before anything else happens to it: a host that may not be called is not worth a middleware's time either.
    gate(call.url);
    return sendAll(call.input, call.init);
  };
}

interface Source {
  readonly clock: Clock;
  readonly credentials: Signer["credentials"];
  readonly scope: { readonly region?: string | undefined; readonly service?: string | undefined };
  readonly signerOf: (url: URL) => Signer;
}

function source(options: SignedFetchOptions): Source {
  if (options.signer !== undefined) {
    const { signer } = options;
    return {
      clock: options.clock ?? signer.clock,
      credentials: signer.credentials,
      scope: signer,
      signerOf: () => signer,
    };
  }
  const { region, service, settings, onEvent } = options;
  const clock = options.clock ?? createClock({ onEvent });
  const credentials = memoize(options.credentials, { clock, onEvent });
  const signers = new Map<string, Signer>();
  return {
    clock,
    credentials,
    scope: { region, service },
    signerOf(url) {
      const named = region === undefined || service === undefined ? scopeOf(url, region, service) : { region, service };
      const key = `${named.region}/${named.service}`;
      let signer = signers.get(key);
      if (signer === undefined) {
        signer = createSigner({ ...named, credentials, clock, settings, onEvent });
        signers.set(key, signer);
      }
      return signer;
    },
  };
}

function scopeOf(
  url: URL,
  region: string | undefined,
  service: string | undefined,
): { readonly region: string; readonly service: string } {
  const endpoint = knownEndpoint(url);
  const scope = { region: region ?? endpoint?.signingRegion, service: service ?? endpoint?.signingName };
  if (scope.region === undefined || scope.service === undefined) {
    throw new FetchError(
      "SCOPE_UNKNOWN",
      `${url.host} does not tell what to sign for: pass region (from AWS_REGION, say) and service ('sagemaker').`,
    );
  }
  return { region: scope.region, service: scope.service };
}

function check(options: SignedFetchOptions): SignedFetchOptions {
  const { payload = "hash", maxBufferBytes = 0 } = options;
  const invalid = (message: string): FetchError => new FetchError("INVALID_OPTION", message);
  if (options.signer === undefined && options.credentials === undefined) {
    throw invalid("Neither signer nor credentials were given.");
  }
  for (const name of ["region", "service"] as const) {
    if (options.signer === undefined && options[name] === "") {
      throw invalid(`${name} is empty: pass it, or leave it out to have it read from the host.`);
    }
  }
  if (options.middleware !== undefined && !Array.isArray(options.middleware)) {
    throw invalid("middleware is no list: pass [guard.middleware], say.");
  }
  if (!(maxBufferBytes >= 0)) throw invalid(`maxBufferBytes is ${maxBufferBytes}: pass a number of bytes.`);
  if (payload !== "hash" && payload !== "unsigned" && !/^[\da-f]{64}$/u.test(payload?.sha256)) {
    throw invalid("payload must be 'hash', 'unsigned' or { sha256 } of 64 lower-case hexadecimal digits.");
  }
  return options;
}
