import { FetchError, type HostRule } from "@countersign/fetch";
import { assembleFetch, type CorrectingClock, correctingClock, retrying } from "@countersign/fetch/parts";
import { type Clock, type Credentials, words } from "@countersign/signer";
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
import { providerOf } from "./provider-of.ts";
import { sagemakerHosts } from "./sagemaker-hosts.ts";

/** Options of `createSignedFetch`. */
export interface SignedFetchOptions {
  /** Such as `eu-west-1`. */
  readonly region: string;
  /** The signing name. Default: `sagemaker`. Not Amazon S3. */
  readonly service?: string | undefined;
  /** Fixed credentials, a provider such as `vendedCredentials(…)`, or an object with a provider. */
  readonly credentials: Credentials;
  /**
   * The hosts that may be sent credentials: `example.com`, `example.com:8443`, `*.example.com` or a function. Default:
   * SageMaker's own in the region, VPC endpoints included; none for another service.
   */
  readonly allowedHosts?: readonly HostRule[] | undefined;
  /** `false` sends every request once. Default: up to three attempts where that is safe. */
  readonly retry?: false | undefined;
  /** Dates signatures. Default: the machine's time, which a refusal corrects. */
  readonly clock?: Clock | undefined;
  /** Sends the signed requests. Default: `globalThis.fetch`, looked up at each call. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** The shapes that both factories share. What is not checked here is checked by `assembleFetch`. */
export const sharedShapes: Shapes<Omit<SignedFetchOptions, "service" | "allowedHosts">> = {
  region: unchecked,
  credentials: unchecked,
  retry: optional(shape(words && "false, or left out", (value) => value === false)),
  clock: optional(clockShape),
  fetch: optional(callable),
};

const shapes: Shapes<SignedFetchOptions> = {
  ...sharedShapes,
  service: unchecked,
  allowedHosts: optional(listOf(unchecked)),
};

const WILDCARD = /^\*(\.[\w-]+)+(:\d+)?$/;

/** A rule as `assembleFetch` takes it. */
function partHost(rule: HostRule): HostRule {
  if (typeof rule !== "string" || !WILDCARD.test(rule)) return rule;
  const suffix = rule.slice(1).toLowerCase();
  return ({ host }) => host.endsWith(suffix);
}

/**
 * Makes a `fetch` that signs what it sends, sends it only to allowed hosts over TLS, follows no redirect, and repeats it
 * as often as is safe.
 *
 * @throws FetchError `INVALID_OPTION`; SignerError `INVALID_OPTION`, `INVALID_REGION`, `INVALID_SERVICE`. The call rejects
 * with `HOST_NOT_ALLOWED`, `PLAINTEXT_REFUSED`, `REDIRECT_REFUSED`, and with what is wrong with the request.
 * @example
 * const signed = createSignedFetch({ region: "eu-west-1", credentials });
 * const response = await signed(url, { method: "POST", body: JSON.stringify({ inputs: "Hello" }) });
 */
export function createSignedFetch(options: SignedFetchOptions): typeof globalThis.fetch {
  const {
    credentials,
    allowedHosts,
    retry,
    clock = correctingClock(),
    ...rest
  } = checkOptions(options, shapes, (message) => {
    throw new FetchError("INVALID_OPTION", message);
  });
  return assembleFetch({
    ...rest,
    credentials: providerOf(credentials),
    hosts: allowedHosts?.map(partHost) ?? [sagemakerHosts],
    clock,
    // Only the clock of this package corrects itself.
    skew: (clock as Partial<CorrectingClock>).step,
    retry: retry === false ? undefined : retrying(),
  });
}
