import { defaultHandler } from "#platform/default-handler";
import {
  type Clock,
  type Credentials,
  type EventListener,
  type MemoizedProvider,
  createClock,
  createEmitter,
  memoize,
} from "@countersign/signer";
import {
  type Shapes,
  callable,
  checkOptions,
  clockShape,
  contract,
  optional,
  own,
  shape,
  unchecked,
} from "@countersign/signer/options";
import type { HttpHandler, Transport } from "@countersign/transport";
import type { AwsCredentialIdentityProvider } from "@smithy/types";
import { createCountersigner, type RequestGuard, type SignerConstructor } from "./countersigner.ts";
import { refuseOption } from "./error.ts";
import { rememberingHandler } from "./remembering-handler.ts";
import { createSignedOrigins } from "./signed-origins.ts";
import { createSigningCore } from "./signing-core.ts";

/** Options of `countersigned`. */
export interface CountersignedOptions {
  /** Such as `eu-west-1`. The environment is not read. */
  readonly region: string;
  /** Fixed credentials, a provider, or a broker's `Role`. */
  readonly credentials: Credentials;
  /**
   * Sends the requests; its maker closes it. Default: on Node a transport with the default policy, which the client's
   * `destroy` closes; elsewhere the SDK's own handler.
   */
  readonly transport?: Pick<Transport, "requestHandler" | "private"> | undefined;
  /** Checks each request before it is signed. Default: no guard. */
  readonly guard?: RequestGuard | undefined;
  /** Times the renewal of credentials. The SDK dates the signatures. Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** Receives `sign` and `credentials.refresh.*`. */
  readonly onEvent?: EventListener | undefined;
}

/** Options for an AWS SDK v3 client. */
export interface Countersigned {
  readonly region: string;
  readonly credentials: MemoizedProvider & AwsCredentialIdentityProvider;
  readonly signerConstructor: SignerConstructor;
  /** Absent off Node without a transport: there the client makes its own handler. */
  readonly requestHandler?: HttpHandler;
}

const REGION = /^[a-z][a-z\d-]{0,62}$/u;

const shapes: Shapes<CountersignedOptions> = {
  region: shape(
    'a Region such as "eu-west-1"; take it from AWS_REGION',
    (value) => typeof value === "string" && REGION.test(value),
  ),
  // `memoize` checks them.
  credentials: unchecked,
  transport: optional(contract("a transport from createTransport()", "requestHandler")),
  guard: optional(contract("a guard from createGuard()", "enforceRequest", "remember")),
  clock: optional(clockShape),
  onEvent: optional(callable),
};

/**
 * Makes the options with which an AWS SDK v3 client signs with Countersign, shares its credentials with other clients,
 * and sends over TLS with forward secrecy.
 *
 * The option is `signerConstructor` and not `signer`, because the SDK does not tell a signer instance the service and
 * region of a request. The SDK's own signer signs strings, events, messages, Signature Version 4a, and services other
 * than SageMaker, STS, ECR and EC2.
 *
 * @throws SdkError `INVALID_OPTION`; SignerError for credentials that cannot be used.
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/welcome.html
 * @example
 * const client = new SageMakerClient(countersigned({ region: "eu-west-1", credentials }));
 * const { Models } = await client.send(new ListModelsCommand({}));
 */
export function countersigned(options: CountersignedOptions): Countersigned {
  const given = checkOptions(options, shapes, refuseOption);
  const { region, transport, guard, clock = createClock(), onEvent } = given;
  const credentials = memoize(given.credentials, { clock, onEvent });
  const remembering = guard === undefined ? undefined : rememberingHandler(guard);
  const origins = createSignedOrigins(() => clock.monotonic());
  const signerConstructor = createCountersigner({
    core: createSigningCore(clock, createEmitter(onEvent, clock)),
    guard,
    privateAddresses: (transport && own(transport, "private")) ?? false,
    signed(request, call) {
      // Without a handler of ours nothing asks for it.
      if (handler !== undefined) origins.keep(request);
      remembering?.passed(request, call);
    },
  });
  const handler = transport === undefined ? defaultHandler?.() : transport.requestHandler();
  const held = handler === undefined ? undefined : origins.wrap(handler);
  const requestHandler = held === undefined ? undefined : (remembering?.wrap(held) ?? held);
  return {
    region,
    credentials: credentials as MemoizedProvider & AwsCredentialIdentityProvider,
    signerConstructor,
    ...(requestHandler === undefined ? {} : { requestHandler }),
  };
}
