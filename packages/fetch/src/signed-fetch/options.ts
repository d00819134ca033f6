import {
  type Clock,
  type Credentials,
  type EventListener,
  type Signer,
  type SigningSettings,
  words,
} from "@countersign/signer";
import {
  callable,
  checkOptions,
  clockShape,
  listOf,
  optional,
  shape,
  type Shapes,
  unchecked,
} from "@countersign/signer/options";
import { checkSettings } from "#platform/check-parts";
import { type RetryOptions, retryShape } from "../attempts/retry-options.ts";
import { bytes } from "../call/max-bytes.ts";
import { scopeName } from "../hosts/host-gate.ts";
import { refuseOption } from "../errors/fetch-error.ts";
import { type HostRule, hostRules } from "../hosts/host-gate.ts";
import type { Fetch, Middleware } from "../middleware/middleware.ts";
import { type FetchPayload, payloadShape, signerShape } from "../middleware/signing-shapes.ts";

/** Options of `createSignedFetch`, besides those that say what signs. */
export interface SignedFetchBase {
  /** Sends the signed requests. Default: `globalThis.fetch`, looked up at each call. */
  readonly fetch?: Fetch | undefined;
  /**
   * The hosts that may be sent credentials. Default: those of the signer's own service in its region, VPC endpoints
   * included. A redirect is followed, signed anew, only to hosts named here.
   */
  readonly allowedHosts?: readonly HostRule[] | undefined;
  /** Dates signatures and waits between attempts. Default: the signer's, or a new one. */
  readonly clock?: Clock | undefined;
  /** How often a request is sent. Default: at most three times; `false`: once. */
  readonly retry?: RetryOptions | false | undefined;
  /** How the signature covers the payload. Default: `hash`; a stream as `init.body` needs `unsigned` or `{ sha256 }`. */
  readonly payload?: FetchPayload | undefined;
  /** The limit for a Request, Blob or FormData that is read into memory. Default: 6,291,456. */
  readonly maxBufferBytes?: number | undefined;
  /** Runs outside signing and retries, the first one outermost; bodies are text or bytes there. Default: none. */
  readonly middleware?: readonly Middleware[] | undefined;
  /** Receives `retry` and `redirect.refused`; without a `signer`, also `sign`, `clock.skew` and `credentials.refresh.*`. */
  readonly onEvent?: EventListener | undefined;
}

/** Signs with a signer of the caller. */
export interface SignedFetchWithSigner extends SignedFetchBase {
  readonly signer: Signer;
}

/** Signs with credentials. A region or service that is not given is read from each request's host. */
export interface SignedFetchWithCredentials extends SignedFetchBase {
  readonly signer?: undefined;
  readonly credentials: Credentials;
  /** Default: the one that the host names. */
  readonly region?: string | undefined;
  /** The signing name, such as `sagemaker`. Default: the one that the host names. */
  readonly service?: string | undefined;
  readonly settings?: SigningSettings | undefined;
}

/** Options of `createSignedFetch`. */
export type SignedFetchOptions = SignedFetchWithSigner | SignedFetchWithCredentials;

/** Every option, with a signer or with credentials. */
type AnyOptions = Omit<SignedFetchWithCredentials, "signer" | "credentials"> & {
  readonly signer?: Signer | undefined;
  readonly credentials?: Credentials | undefined;
};

/** The shape of each option. */
export const signedFetchShapes: Shapes<AnyOptions> = {
  fetch: optional(callable),
  clock: optional(clockShape),
  signer: optional(signerShape),
  // Their form is checked where they are memoized.
  credentials: unchecked,
  region: scopeName,
  service: scopeName,
  settings: unchecked,
  allowedHosts: hostRules,
  retry: retryShape,
  payload: payloadShape,
  maxBufferBytes: bytes,
  middleware: optional(listOf(callable)),
  onEvent: optional(callable),
};

const given = shape(words && "given, or signer; pass one of them", (value) => value !== undefined);
const absent = shape(words && "left out where signer is given", (value) => value === undefined);

/** Checks that exactly one of signer and credentials is given. */
export function checkWhoSigns<Options extends AnyOptions>(options: Options): Options {
  const { signer, credentials, region, service, settings } = options;
  checkSettings(service, settings);
  (signer ? absent : given)(credentials, "credentials", refuseOption);
  if (signer) {
    absent(region, "region", refuseOption);
    absent(service, "service", refuseOption);
    absent(settings, "settings", refuseOption);
  }
  return options;
}

/** Checks the options of `createSignedFetch`. @throws FetchError `INVALID_OPTION`. */
export function checkSignedFetch(options: SignedFetchOptions): SignedFetchOptions {
  return checkWhoSigns(checkOptions<AnyOptions>(options, signedFetchShapes, refuseOption)) as SignedFetchOptions;
}
