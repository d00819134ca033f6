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
import type { HttpHandler, Transport } from "@countersign/transport";
import type { AwsCredentialIdentityProvider } from "@smithy/types";
import { createCountersigner, type RequestGuard, type SignerConstructor } from "./countersigner.ts";
import { SdkError } from "./error.ts";
import { rememberingHandler } from "./remembering-handler.ts";
import { createSigningCore } from "./signing-core.ts";

/** What `countersigned` takes. */
export interface CountersignedOptions {
  /** Such as `eu-west-1`. Nothing is read from the environment. */
  readonly region: string;
  /** Fixed credentials, a provider, or a broker's `Role`. */
  readonly credentials: Credentials;
  /**
   * Sends the requests, and is closed by who made it. Default: on Node a transport of its own with the default policy,
   * closed by the client's `destroy`; elsewhere the SDK's own handler.
   */
  readonly transport?: Pick<Transport, "requestHandler" | "private"> | undefined;
  /** Speaks before each request is signed. Default: nobody does. */
  readonly guard?: RequestGuard | undefined;
  /** Times the renewal of credentials. Signatures bear the date that the SDK gives. Default: a new one. */
  readonly clock?: Clock | undefined;
  /** Receives `sign` and `credentials.refresh.*`. */
  readonly onEvent?: EventListener | undefined;
}

/** What goes into the options of an AWS SDK v3 client. */
export interface Countersigned {
  readonly region: string;
  readonly credentials: MemoizedProvider & AwsCredentialIdentityProvider;
  readonly signerConstructor: SignerConstructor;
  /** Absent off Node without a transport: the client then makes its own. */
  readonly requestHandler?: HttpHandler;
}

/**
 * Makes the options by which an AWS SDK v3 client signs with Countersign, takes credentials that are shared by all
 * clients, and sends over TLS with forward secrecy.
 *
 * It is `signerConstructor`, not `signer`: a signer instance is not told the service and region of a request. Strings,
 * events, messages, Signature Version 4a and services other than SageMaker, STS, ECR and EC2 are left to the SDK's own
 * signer.
 *
 * @throws SdkError `INVALID_OPTION`; SignerError for credentials that cannot be used.
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/welcome.html
 * @example
 * const client = new SageMakerClient(countersigned({ region: "eu-west-1", credentials }));
 * const { Models } = await client.send(new ListModelsCommand({}));
 */
export function countersigned(options: CountersignedOptions): Countersigned {
  const { region, transport, guard, clock = createClock(), onEvent } = options;
  if (typeof region !== "string" || region === "") {
    throw new SdkError("INVALID_OPTION", "region is missing: pass it, from AWS_REGION for example.");
  }
  if (guard !== undefined && typeof guard?.enforceRequest !== "function") {
    throw new SdkError("INVALID_OPTION", "guard must be what createGuard answers, not the name of a posture.");
  }
  const credentials = memoize(options.credentials, { clock, onEvent });
  const remembering = guard === undefined ? undefined : rememberingHandler(guard);
  const signerConstructor = createCountersigner({
    core: createSigningCore(clock, createEmitter(onEvent, clock)),
    guard,
    privateAddresses: transport?.private ?? false,
    passed: (request, call) => remembering?.passed(request, call),
  });
  const handler = transport === undefined ? defaultHandler?.() : transport.requestHandler();
  const requestHandler = handler === undefined ? undefined : (remembering?.wrap(handler) ?? handler);
  return {
    region,
    credentials: credentials as MemoizedProvider & AwsCredentialIdentityProvider,
    signerConstructor,
    ...(requestHandler === undefined ? {} : { requestHandler }),
  };
}
