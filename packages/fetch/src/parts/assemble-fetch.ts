import { type Clock, type CredentialProvider, type MemoizedProvider, unlessAborted, words } from "@countersign/signer";
import { createPlainSigner } from "@countersign/signer/async";
import {
  callable,
  checkOptions,
  listOf,
  optional,
  shape,
  type Shapes,
  text,
  unchecked,
} from "@countersign/signer/options";
import { checkClock } from "#platform/check-parts";
import { readCall } from "#platform/read-call";
import { fetchOf } from "#platform/send-globally";
import { isStream } from "../call/outgoing.ts";
import { own } from "../call/own.ts";
import { refuse, refuseOption } from "../errors/fetch-error.ts";
import { isLoopback } from "../hosts/loopback.ts";
import { isRedirect } from "../middleware/is-redirect.ts";
import type { Fetch } from "../middleware/middleware.ts";
import type { Send, Step } from "../middleware/step.ts";

/** A host that may be sent credentials: `example.com`, `example.com:8443`, or a function such as `awsHosts`. */
export type PartHost = string | ((url: URL, scope: { readonly region: string; readonly service: string }) => boolean);

/** What a signed fetch is assembled from. A part that is not passed is not in the bundle. */
export interface FetchParts {
  readonly region: string;
  /** The signing name. Default: `sagemaker`. Not Amazon S3, which signs by rules of its own. */
  readonly service?: string | undefined;
  /**
   * Called for each request, so it must cache: `renewing(source)`, `vendedCredentials(…)` or the signer's `memoize`. Its
   * `invalidate` is told of a key that AWS rejects, so that the next request is signed with another key.
   */
  readonly credentials: CredentialProvider;
  /** The hosts that may be sent credentials. */
  readonly hosts: readonly PartHost[];
  /** Dates signatures: `correctingClock()`, together with its `step` as `skew`. Default: the machine's time. */
  readonly clock?: Pick<Clock, "now"> | undefined;
  /** `correctingClock().step`. Default: a wrong clock is not corrected. */
  readonly skew?: Step | undefined;
  /** `retrying()`. Default: every request is sent once. */
  readonly retry?: Step | undefined;
  /** Default: `globalThis.fetch`, looked up at each call. */
  readonly fetch?: Fetch | undefined;
}

const shapes: Shapes<FetchParts> = {
  region: text,
  service: optional(text),
  credentials: callable,
  hosts: listOf(
    shape(
      words && "a host, host:port or a function such as awsHosts",
      (host) => typeof host === "function" || (typeof host === "string" && /^[\w.[\]:-]+$/.test(host)),
    ),
  ),
  clock: unchecked,
  skew: optional(callable),
  retry: optional(callable),
  fetch: optional(callable),
};

/**
 * The codes of a key or session token that AWS rejects: `ExpiredToken`, `InvalidClientTokenId`, `UnrecognizedClient` and
 * others. https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const REJECTED = /Token|Unrecog/;

/**
 * Assembles a signed `fetch` for pages that count bytes. Three things are in every one and cannot be left out: the hosts
 * are checked before anything is signed, plaintext is refused, and no redirect is followed.
 *
 * @throws FetchError `INVALID_OPTION` at once; the call rejects with `HOST_NOT_ALLOWED`, `PLAINTEXT_REFUSED`,
 * `REDIRECT_REFUSED` and what reading the call throws.
 * @example
 * const signed = assembleFetch({ region: "eu-west-1", credentials: renewing(source), hosts: [awsHosts], retry: retrying() });
 */
export function assembleFetch(parts: FetchParts): typeof fetch {
  const checked = checkOptions(parts, shapes, refuseOption);
  checkClock(checked);
  const { region, service = "sagemaker", credentials, hosts, skew = same, retry = same } = checked;
  const signatureOf = createPlainSigner({
    region,
    service,
    credentials,
    clock: checked.clock ?? Date,
  });

  const sign: Send = async ({ input, url, init }) => {
    gate(url);
    const { method, headers, body, signal } = init;
    if (isStream(body))
      return refuse("STREAM_NEEDS_PAYLOAD", words ? "body: must be text or bytes, not a stream" : "body");
    const signature = await signatureOf({ method, url, headers, body, signal: signal ?? undefined });
    const sent = own<RequestInit>(init, { headers: new Headers(signature.headers), redirect: "manual" });
    // Only a Request is handed on: text could be read in another way than it was signed.
    const response = await (fetchOf(checked.fetch) ?? globalThis.fetch)(
      typeof input === "string" ? url.href : input,
      sent,
    );
    if (REJECTED.test(response.headers.get("x-amzn-errortype") as string)) {
      const { accessKeyId } = signature;
      (credentials as Partial<MemoizedProvider>).invalidate?.({ accessKeyId, reason: "rejected" });
    }
    return response;
  };

  function gate(url: URL): void {
    const { host, protocol } = url;
    const isPlain = protocol === "http:";
    if (isPlain && !isLoopback(url)) refuse("PLAINTEXT_REFUSED", words ? `url: must be https:; host ${host}` : host);
    const admits = (rule: PartHost): boolean =>
      typeof rule === "function"
        ? // On a copy, because a function may change the URL; compared, because it may return a promise.
          !isPlain && (rule(new URL(url), { region, service }) as unknown) === true
        : rule.toLowerCase() === host;
    if ((isPlain || protocol === "https:") && hosts.some(admits)) return;
    refuse(
      "HOST_NOT_ALLOWED",
      words ? `url: must be a host that may be sent credentials, not ${host}; add it to hosts` : host,
    );
  }

  const send = skew(retry(sign));

  return async function signedFetch(input: Request | URL | string, init?: RequestInit) {
    const call = await readCall(input, init);
    const response = await unlessAborted(send(call), call.init.signal);
    if (call.init.redirect === "manual" || !isRedirect(response)) return response;
    const { host } = call.url;
    return refuse("REDIRECT_REFUSED", words ? `redirect: must not happen; ${host} answered with one` : host);
  };
}

const same = (next: Send): Send => next;
