import { createAttempts, type RetryOptions } from "@countersign/fetch/attempts";
import type { Guard } from "@countersign/guard";
import { type Clock, createClock, createSigner, type Credentials, type EventListener } from "@countersign/signer";
import type { Transport } from "@countersign/transport";
import { createPlatform } from "#platform";
import { type BearerToken, type BearerTokenOptions, createBearerTokens } from "./bearer-token.ts";
import { type Call, createCall } from "./call.ts";
import type { Context } from "./context.ts";
import { SageMakerError } from "./error.ts";
import { createExchange } from "./exchange.ts";
import { createInvoke, type InvokeResult } from "./invoke.ts";
import { createInvokeAsync, type InvokeAsyncResult } from "./invoke-async.ts";
import { createInvokeBidirectional } from "./invoke-bidirectional.ts";
import { createInvokeStream } from "./invoke-stream.ts";
import type { InvokeBody } from "./body.ts";
import type { BidirectionalStream } from "./bidirectional-stream.ts";
import type { InvokeAsyncOptions, InvokeBidirectionalOptions, InvokeOptions } from "./invoke-options.ts";
import type { ResponseStream } from "./response-stream.ts";
import { resolveService, type SageMakerEndpoint, type Service, type ServiceKind } from "./service.ts";

/** What `createSageMaker` is made of. */
export interface SageMakerOptions {
  /** Such as `eu-west-1`. Nothing is read from the environment. */
  readonly region: string;
  /** Fixed credentials, a provider, or an object with a provider such as a role of `@countersign/broker`. */
  readonly credentials: Credentials;
  /** Where the services are: for all of them, or by service. Default: the region's public endpoints. */
  readonly endpoint?: SageMakerEndpoint | undefined;
  /** Node: what sends. Never closed here. Default: `createTransport()`, made on the first call, closed by `close`. */
  readonly transport?: Transport | undefined;
  /** What sends where there is no transport. Default off Node: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Speaks before anything is signed. Default: nobody does. */
  readonly guard?: Pick<Guard, "enforce" | "remember"> | undefined;
  /** Dates signatures and measures limits. Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** `false`: every call is sent exactly once. Default: up to three attempts of what is safe to repeat. */
  readonly retry?: RetryOptions | false | undefined;
  /** Receives `sign`, `credentials.refresh.*`, `retry` and, on Node's own transport, `tls.*`. */
  readonly onEvent?: EventListener | undefined;
}

/** SageMaker's endpoints and control plane. Made by `createSageMaker`. */
export interface SageMaker {
  /**
   * Asks a model and waits for its whole answer.
   *
   * Sent again after throttling, `ModelNotReadyException` and 5xx, never after a `ModelError` or a lost connection.
   *
   * @throws SageMakerError AWS's code, or `INVALID_ENDPOINT_NAME`, `INVALID_BODY`, `BODY_TOO_LARGE` (6,291,456 bytes),
   * `INVALID_HEADER`, `INVALID_OPTION`, `TIMEOUT`, `REDIRECT_REFUSED`, `CLOSED`; the transport's and the signer's own
   * errors pass through.
   * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
   * @example
   * const { prediction } = await sagemaker.invoke("churn", { age: 42 }).then((answer) => answer.json());
   */
  invoke(endpointName: string, body: InvokeBody, options?: InvokeOptions): Promise<InvokeResult>;
  /**
   * Asks a model and reads its answer as it comes. Nothing is sent until something is read.
   *
   * @throws SageMakerError as `invoke`; while reading also `ModelStreamError`, `InternalStreamFailure`,
   * `STREAM_CORRUPT`, `STREAM_TRUNCATED`, `CONNECTION_LOST`, with what came before in `received`.
   * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
   * @example
   * for await (const { data } of sagemaker.invokeStream("llm", { inputs: "Hi", stream: true }).sse()) {
   *   if (data !== "[DONE]") console.log(JSON.parse(data));
   * }
   */
  invokeStream(endpointName: string, body: InvokeBody, options?: InvokeOptions): ResponseStream;
  /**
   * Hands a model an input in S3, or a small one inline, and answers where the output will be.
   *
   * @throws SageMakerError as `invoke`. Not sent again after a 5xx unless `inferenceId` is set: it could run twice.
   * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
   * @example
   * const { outputLocation } = await sagemaker.invokeAsync("batch", { inputLocation: "s3://bucket/input.json" });
   */
  invokeAsync(endpointName: string, options: InvokeAsyncOptions): Promise<InvokeAsyncResult>;
  /**
   * Opens a stream in both directions: HTTP/2 on port 8443, every message signed, with the credentials of its start.
   *
   * @throws SageMakerError `RUNTIME_UNSUPPORTED` off Node, else as `invoke`.
   * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithBidirectionalStream.html
   */
  invokeBidirectional(endpointName: string, options?: InvokeBidirectionalOptions): Promise<BidirectionalStream>;
  /** Calls any operation of the control plane. */
  readonly call: Call;
  /**
   * Makes a bearer token for OpenAI-compatible endpoints (`/endpoints/<name>/openai/v1`). It works for as long as it
   * says, and never longer than the credentials it was made with.
   *
   * @throws SageMakerError `INVALID_OPTION` when `expiresIn` is not 1 to 43,200 seconds.
   * @see https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-openai-compatible.html
   */
  bearerToken(options?: BearerTokenOptions): Promise<BearerToken>;
  /** Makes a function that answers with a token that is kept and renewed: the OpenAI SDK's `apiKey` takes it. */
  bearerTokenProvider(options?: BearerTokenOptions): () => Promise<string>;
  /** Ends the use of this object and closes the transport it made, never one that was handed in. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a client of SageMaker: signs each request when it leaves, over TLS with forward secrecy on Node.
 *
 * @throws SignerError `INVALID_REGION`, `INVALID_ENDPOINT`, `INVALID_ACCESS_KEY`; FetchError `INVALID_OPTION`.
 * @example
 * const sagemaker = createSageMaker({ region: "eu-west-1", credentials: role });
 * const answer = await sagemaker.invoke("churn", { age: 42 });
 * console.log(answer.json());
 */
export function createSageMaker(options: SageMakerOptions): SageMaker {
  const { region, credentials, endpoint, fetch, transport, guard, retry, onEvent, clock = createClock() } = options;
  if (typeof region !== "string" || region === "") {
    throw new SageMakerError("INVALID_OPTION", "region is missing: pass it, for instance process.env.AWS_REGION.");
  }
  const signer = createSigner({ region, service: "sagemaker", credentials, clock, onEvent });
  const platform = createPlatform({ fetch, transport, clock, onEvent });
  const attempts = createAttempts({ clock, credentials: signer.credentials, retry, onEvent });
  const exchange = createExchange({ signer, clock, attempts, platform });
  const services = new Map<ServiceKind, Service>();
  let closing: Promise<void> | undefined;

  const context: Context = {
    signer,
    clock,
    platform,
    exchange,
    service(kind) {
      let service = services.get(kind);
      if (service === undefined) services.set(kind, (service = resolveService(kind, region, endpoint)));
      return service;
    },
    async review(action, input, host, signal) {
      await guard?.enforce(action, input, { host, privateAddresses: platform.privateAddresses, signal });
    },
    guarded: guard !== undefined,
    remember: (action, input) => guard?.remember(action, input),
    open() {
      if (closing !== undefined) throw new SageMakerError("CLOSED", "This SageMaker client was closed.");
    },
  };
  // Wrong options are told here, not on the first call.
  context.service("sagemaker-runtime");

  const tokens = createBearerTokens(context);
  const close = (): Promise<void> => (closing ??= platform.close());
  return {
    invoke: createInvoke(context),
    invokeStream: createInvokeStream(context),
    invokeAsync: createInvokeAsync(context),
    invokeBidirectional: createInvokeBidirectional(context),
    call: createCall(context),
    bearerToken: tokens.bearerToken,
    bearerTokenProvider: tokens.bearerTokenProvider,
    close,
    [Symbol.asyncDispose]: close,
  };
}
