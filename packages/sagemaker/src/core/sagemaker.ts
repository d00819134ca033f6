import { createSigner } from "@countersign/signer";
import { type BearerToken, type BearerTokenOptions, createBearerTokens } from "../runtime/bearer-token.ts";
import type { BidirectionalStream } from "../runtime/bidirectional-stream.ts";
import { type Call, createCall } from "../control-plane/call.ts";
import { createClient } from "./client.ts";
import { createInvokeAsync, type InvokeAsync } from "../runtime/invoke-async.ts";
import { createInvokeBidirectional } from "../runtime/invoke-bidirectional.ts";
import type { InvokeBidirectionalOptions } from "../runtime/invoke-bidirectional-options.ts";
import { askOf } from "../runtime/ask.ts";
import { invokerOver, type Invoker } from "../runtime/invoker.ts";
import type { SageMakerOptions } from "./options.ts";

/** SageMaker's endpoints and control plane. Made by `createSageMaker`. */
export interface SageMaker extends Invoker {
  /**
   * Queues an input for a model, in S3 or inline, and answers where the output will be.
   *
   * @throws SageMakerError as `invoke`. After a 5xx it is sent again only with an `inferenceId`, because it could run twice.
   * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
   * @example
   * const output = await sagemaker.invokeAsync("batch", { inputLocation: "s3://bucket/input.json" }).result();
   * console.log(output.json());
   */
  readonly invokeAsync: InvokeAsync;
  /**
   * Opens a stream in both directions over HTTP/2 on port 8443. Every message is signed with the credentials that
   * opened the stream.
   *
   * @throws SageMakerError `RUNTIME_UNSUPPORTED` off Node, else as `invoke`.
   * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithBidirectionalStream.html
   */
  invokeBidirectional(endpointName: string, options?: InvokeBidirectionalOptions): Promise<BidirectionalStream>;
  /** Calls any operation of the control plane. */
  readonly call: Call;
  /**
   * Makes a bearer token for OpenAI-compatible endpoints (`/endpoints/<name>/openai/v1`). It works until `expiresAt`,
   * which is never later than the end of the credentials that made it.
   *
   * @throws SageMakerError `INVALID_OPTION` when `expiresIn` is not 1 to 43,200 seconds.
   * @see https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-openai-compatible.html
   */
  bearerToken(options?: BearerTokenOptions): Promise<BearerToken>;
  /** Makes a function that answers with a cached token and renews it: pass it to the OpenAI SDK as `apiKey`. */
  bearerTokenProvider(options?: BearerTokenOptions): () => Promise<string>;
}

/**
 * Makes a client of SageMaker. Each request is signed when it is about to leave; on Node it leaves over TLS with
 * forward secrecy.
 *
 * @throws SageMakerError `INVALID_OPTION`; SignerError `INVALID_REGION`, `INVALID_ENDPOINT`, `INVALID_ACCESS_KEY`;
 * FetchError `INVALID_OPTION` for `retry`.
 * @example
 * const sagemaker = createSageMaker({ region: "eu-west-1", credentials: role });
 * const answer = await sagemaker.invoke("churn", { age: 42 });
 * console.log(answer.json());
 */
export function createSageMaker(options: SageMakerOptions): SageMaker {
  const client = createClient(options, createSigner);
  const { bearerToken, bearerTokenProvider } = createBearerTokens(client);
  return {
    ...invokerOver(askOf(client), client.close),
    invokeAsync: createInvokeAsync(client),
    invokeBidirectional: createInvokeBidirectional(client),
    call: createCall(client),
    bearerToken,
    bearerTokenProvider,
  };
}
