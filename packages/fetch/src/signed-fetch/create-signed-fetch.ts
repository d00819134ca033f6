import {
  type Clock,
  type Credentials,
  type EventListener,
  type Signer,
  type SigningSettings,
  createClock,
  createSigner,
  memoize,
  words,
} from "@countersign/signer";
import { readCall } from "#platform/read-call";
import { redirecting } from "#platform/redirecting";
import type { RetryOptions } from "../attempts/create-attempts.ts";
import { checkOptions } from "./check-options.ts";
import { refuse } from "../errors/fetch-error.ts";
import { createHostGate, type HostRule } from "../hosts/host-gate.ts";
import { compose, type Fetch, type Middleware } from "../middleware/middleware.ts";
import { retryStep } from "../middleware/retry.ts";
import { scopeOf } from "../hosts/scope-of.ts";
import { type FetchPayload, signingStep } from "../middleware/signing.ts";

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
  checkOptions(options);
  const { signer, allowedHosts, onEvent, payload, maxBufferBytes, middleware = [] } = options;
  const { clock = signer?.clock ?? createClock({ onEvent }) } = options;
  const scope = options.signer ?? options;
  const credentials = memoize(scope.credentials, { clock, onEvent });
  const gate = createHostGate(allowedHosts, scope);

  const follow = redirecting({ gate: allowedHosts && gate, clock, onEvent });
  const repeat = retryStep(options.retry, { clock, credentials, onEvent });
  const sign = signingStep(
    options.signer === undefined ? signerMaker({ ...options, clock, credentials }) : () => options.signer,
    gate,
    payload,
  );
  const send = follow(repeat(sign(({ input, init }) => (options.fetch ?? globalThis.fetch)(input, init))));
  const outside = compose(async (input, init) => send(await readCall(input, init, maxBufferBytes)), ...middleware);

  return async function signedFetch(input, init) {
    const call = await readCall(input, init, maxBufferBytes);
    // Before anything else happens to it: a host that may not be called is not worth a middleware's time either.
    gate(call.url);
    return middleware.length === 0 ? send(call) : outside(call.input, call.init);
  };
}

/** Makes a signer for each service and region; what is not given is read from the host. */
function signerMaker(given: SignedFetchWithCredentials): (url: URL) => Signer {
  const signers = new Map<string, Signer>();
  return (url) => {
    const known = scopeOf(url);
    const { region = known?.region, service = known?.service } = given;
    if (region === undefined || service === undefined) {
      return refuse(
        "SCOPE_UNKNOWN",
        words
          ? `${url.host} does not tell what to sign for: pass region (from AWS_REGION, say) and service ('sagemaker').`
          : url.host,
      );
    }
    const key = `${region}/${service}`;
    const signer = signers.get(key) ?? createSigner({ ...given, region, service });
    signers.set(key, signer);
    return signer;
  };
}
