import { type BearerToken, type BearerTokenOptions, createBearerTokens } from "../runtime/bearer-token.ts";
import type { BidirectionalStream } from "../runtime/bidirectional-stream.ts";
import { type Call, createCall } from "../control-plane/call.ts";
import { createClient } from "./client.ts";
import { createInvokeAsync, type InvokeAsyncResult } from "../runtime/invoke-async.ts";
import type { InvokeAsyncOptions } from "../runtime/invoke-async-options.ts";
import { createInvokeBidirectional } from "../runtime/invoke-bidirectional.ts";
import type { InvokeBidirectionalOptions } from "../runtime/invoke-bidirectional-options.ts";
import { invokerOver, type Invoker } from "../runtime/invoker.ts";
import type { SageMakerOptions } from "./options.ts";

/** SageMaker's endpoints and control plane. Made by `createSageMaker`. */
export interface SageMaker extends Invoker {
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
  const client = createClient(options);
  const { bearerToken, bearerTokenProvider } = createBearerTokens(client);
  return {
    ...invokerOver(client),
    invokeAsync: createInvokeAsync(client),
    invokeBidirectional: createInvokeBidirectional(client),
    call: createCall(client),
    bearerToken,
    bearerTokenProvider,
  };
}
