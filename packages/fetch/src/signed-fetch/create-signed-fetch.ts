import { own as ownOf } from "@countersign/signer/options";
import { type Clock, createClock, generations, memoize, unlessAborted, words } from "@countersign/signer";
import { readCall } from "#platform/read-call";
import { redirecting } from "#platform/redirecting";
import { createRequestSigner } from "#platform/request-signer";
import { fetchOf } from "#platform/send-globally";
import { rememberAddress } from "../call/dot-segments.ts";
import { own } from "../call/own.ts";
import { refuse } from "../errors/fetch-error.ts";
import { MAX_SIGNERS } from "./limits.ts";
import { hostGate } from "../hosts/host-gate.ts";
import { scopeOf } from "../hosts/scope-of.ts";
import { compose, type Fetch } from "../middleware/middleware.ts";
import type { RequestSigner } from "../middleware/request-signer.ts";
import { retryStep } from "../middleware/retry-step.ts";
import { signingStep } from "../middleware/signing-step.ts";
import { checkSignedFetch, type SignedFetchOptions, type SignedFetchWithCredentials } from "./options.ts";

/**
 * Makes a `fetch` that signs what it sends, sends it only to allowed hosts, and repeats it as often as is safe.
 *
 * Use it wherever a fetch is taken. Every field of `RequestInit` and `Request` is kept, except that `redirect:
 * "follow"` means "sign anew if the target is allowed, refuse otherwise". HTTP errors are responses. It throws what fetch
 * throws, FetchError for its own refusals, and SignerError when credentials are not available.
 *
 * @throws FetchError `INVALID_OPTION`.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 * @example
 * const signed = createSignedFetch({ region: "eu-west-1", credentials });
 * const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/my-endpoint/invocations";
 * const response = await signed(url, { method: "POST", body: JSON.stringify({ inputs: "Hello" }) });
 */
export function createSignedFetch(options: SignedFetchOptions): typeof fetch {
  const given = checkSignedFetch(options);
  const { allowedHosts, onEvent, payload, maxBufferBytes, middleware = [] } = given;
  const scope = given.signer ?? given;
  // A signer has a clock, and vended credentials have one that their broker corrects.
  const held = ownOf(Object(given.signer ?? given.credentials) as { readonly clock?: Clock }, "clock");
  const { clock = held ?? createClock({ onEvent }) } = given;
  const credentials = memoize(scope.credentials, { clock, onEvent });
  const gate = hostGate(allowedHosts, scope);

  const follow = redirecting({ gate: allowedHosts && gate, clock, onEvent });
  const repeat = retryStep({ retry: given.retry, clock, credentials, onEvent });
  const sign = signingStep(
    given.signer === undefined ? signerMaker(own(given, { clock, credentials })) : () => given.signer,
    gate,
    payload,
  );
  const send = follow(repeat(sign(({ input, init }) => (fetchOf(given.fetch) ?? globalThis.fetch)(input, init))));
  const outside: Fetch = compose(
    async (input, init) => send(await readCall(input, init, maxBufferBytes, rememberAddress)),
    ...middleware,
  );

  return async function signedFetch(input: Request | URL | string, init?: RequestInit) {
    const call = await readCall(input, init, maxBufferBytes, rememberAddress);
    // Checked before middleware runs: a host that is not allowed never gets that far.
    gate(call.url);
    return unlessAborted(middleware.length === 0 ? send(call) : outside(call.input, call.init), call.init.signal);
  };
}

/** Makes a signer for each service and region. What is not given is read from the host. */
function signerMaker(given: SignedFetchWithCredentials): (url: URL) => RequestSigner {
  const { credentials, clock, settings, onEvent } = given;
  const signerOf = generations(MAX_SIGNERS, (_key: string, region: string, service: string) =>
    createRequestSigner({ credentials, clock, settings, onEvent, region, service }),
  );
  return (url) => {
    const known = scopeOf(url);
    const { region = known?.region, service = known?.service } = given;
    if (region === undefined || service === undefined) {
      return refuse(
        "SCOPE_UNKNOWN",
        words
          ? `region, service: must be given for ${url.host}, which names neither; pass region (such as AWS_REGION) and service (the signing name: "sagemaker", "bedrock", "execute-api")`
          : url.host,
      );
    }
    return signerOf(`${region}/${service}`, region, service);
  };
}
