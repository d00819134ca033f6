import { createInvokerSigner } from "#platform/invoker-signer";
import { askOf, type AskOf } from "./ask.ts";
import type { InvokeBody } from "./body.ts";
import { createClient } from "../core/client.ts";
import { createInvoke, type InvokeResult } from "./invoke.ts";
import type { InvokeOptions } from "./invoke-options.ts";
import { createInvokeStream } from "./invoke-stream.ts";
import type { SageMakerOptions } from "../core/options.ts";
import type { ResponseStream } from "../stream/response-stream.ts";

/** Invokes models. Made by `createInvoker`. */
export interface Invoker {
  /**
   * Invokes a model and waits for its whole answer.
   *
   * It is sent again after throttling, `ModelNotReadyException` and 5xx, never after a `ModelError` or a lost connection.
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
   * Invokes a model and streams its answer. The request is sent on the first read.
   *
   * @throws SageMakerError as `invoke`; while reading also `ModelStreamError`, `InternalStreamFailure`,
   * `STREAM_CORRUPT`, `STREAM_TRUNCATED`, `CONNECTION_LOST`, with the progress in `received`.
   * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
   * @example
   * for await (const { data } of sagemaker.invokeStream("llm", { inputs: "Hi", stream: true }).sse()) {
   *   if (data !== "[DONE]") console.log(JSON.parse(data));
   * }
   */
  invokeStream(endpointName: string, body: InvokeBody, options?: InvokeOptions): ResponseStream;
  /** Refuses further calls and closes the transport that was made here, never one that was passed in. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes the part of `createSageMaker` that invokes models, buffered and streamed. Pages use it, because it is fewer
 * bytes to download.
 *
 * @throws as `createSageMaker`.
 * @example
 * const { invoke } = createInvoker({ region: "eu-west-1", credentials: vended });
 * const answer = await invoke("churn", { age: 42 });
 */
export function createInvoker(options: SageMakerOptions): Invoker {
  const client = createClient(options, createInvokerSigner);
  return invokerOver(askOf(client), client.close);
}

/** The invoker that sends by `ask`. */
export function invokerOver(ask: AskOf, close: () => Promise<void>): Invoker {
  return {
    invoke: createInvoke(ask),
    invokeStream: createInvokeStream(ask),
    close,
    [Symbol.asyncDispose]: close,
  };
}
