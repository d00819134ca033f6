import { type AwaitOutput, createAsyncResult } from "./async-result.ts";
import { createTargets } from "./ask.ts";
import { encodeBody, maxInlineAsyncBytes } from "./body.ts";
import type { Client } from "../core/client.ts";
import { SageMakerError } from "../core/error.ts";
import { checkCall } from "./header-rule.ts";
import { invokeAsyncRules, type InvokeAsyncOptions } from "./invoke-async-options.ts";
import { requestIdOf } from "../core/service-error.ts";
import { textOf } from "../core/text.ts";

/** Where an asynchronous invocation will write its outcome. */
export interface InvokeAsyncResult {
  /** Your id, or one that SageMaker made. */
  readonly inferenceId: string | undefined;
  /** The S3 URI of the output, if the invocation succeeds. */
  readonly outputLocation: string | undefined;
  /** The S3 URI of the report, if the invocation fails. */
  readonly failureLocation: string | undefined;
  /** AWS's request id. */
  readonly requestId: string;
  /** Waits for the output in S3. */
  readonly result: AwaitOutput;
}

/** An invocation that is being queued: await it to know where its output will be, or its `result()`. */
export interface InvokeAsyncCall extends Promise<InvokeAsyncResult> {
  /** Waits until the invocation is queued, then for the output in S3. */
  readonly result: AwaitOutput;
}

/** Queues an input for a model. */
export type InvokeAsync = (endpointName: string, options: InvokeAsyncOptions) => InvokeAsyncCall;

/** Makes `invokeAsync`. */
export function createInvokeAsync(client: Client): InvokeAsync {
  const targetOf = createTargets(client, "async-invocations", "InvokeEndpointAsync");
  const resultOf = createAsyncResult(client);

  return function invokeAsync(endpointName, options) {
    const queued = queue(endpointName, options);
    const result: AwaitOutput = async (given) => (await queued).result(given);
    return Object.assign(queued, { result });
  };

  async function queue(endpointName: string, options: InvokeAsyncOptions): Promise<InvokeAsyncResult> {
    client.open();
    const { given, headers } = checkCall(options, invokeAsyncRules);
    const { body, inferenceId, inputLocation } = given;
    if ((inputLocation === undefined) === (body === undefined)) {
      throw new SageMakerError("INVALID_INPUT", "options: must have either inputLocation or body");
    }
    const inline = body === undefined ? undefined : encodeBody(body, maxInlineAsyncBytes);
    // The body is sent as bytes; its own type is in X-Amzn-SageMaker-Content-Type.
    const target = targetOf(endpointName, "application/octet-stream");
    const { header, bytes } = await client.exchange(target, inferenceId === undefined ? "unsent" : "answered", {
      body: inline?.data ?? "",
      headers: inline === undefined ? headers : { "x-amzn-sagemaker-content-type": inline.contentType, ...headers },
      streamed: false,
      options: given,
    });
    const outputLocation = header("x-amzn-sagemaker-outputlocation");
    const failureLocation = header("x-amzn-sagemaker-failurelocation");
    return {
      inferenceId: inferenceIdOf(bytes) ?? inferenceId,
      outputLocation,
      failureLocation,
      requestId: requestIdOf(header) ?? "",
      result: resultOf({ outputLocation, failureLocation }),
    };
  }
}

function inferenceIdOf(bytes: Uint8Array): string | undefined {
  try {
    const { InferenceId } = Object.assign(Object.create(null), JSON.parse(textOf(bytes))) as { InferenceId?: unknown };
    return typeof InferenceId === "string" ? InferenceId : undefined;
  } catch {
    // The invocation is queued, and the headers name the locations.
    return undefined;
  }
}
