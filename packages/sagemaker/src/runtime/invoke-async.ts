import { createTargets } from "./ask.ts";
import { encodeBody, maxInlineAsyncBytes } from "./body.ts";
import type { Client } from "../core/client.ts";
import { SageMakerError } from "../core/error.ts";
import { headersOf } from "./header-rule.ts";
import { invokeAsyncHeaders, type InvokeAsyncOptions } from "./invoke-async-options.ts";
import { requestIdOf } from "../core/service-error.ts";
import { textOf } from "../core/text.ts";

/** Where the outcome of an asynchronous invocation will be. */
export interface InvokeAsyncResult {
  /** Yours, or one that SageMaker made. */
  readonly inferenceId: string | undefined;
  /** The S3 URI of the output, once there is one. */
  readonly outputLocation: string | undefined;
  /** The S3 URI of the report, should the invocation fail. */
  readonly failureLocation: string | undefined;
  /** AWS's request id. */
  readonly requestId: string;
}

/** Asks a model asynchronously. */
export type InvokeAsync = (endpointName: string, options: InvokeAsyncOptions) => Promise<InvokeAsyncResult>;

/** Makes `invokeAsync`. */
export function createInvokeAsync(client: Client): InvokeAsync {
  const targetOf = createTargets(client, "async-invocations", "InvokeEndpointAsync");

  return async function invokeAsync(endpointName, options) {
    client.open();
    if ((options?.inputLocation === undefined) === (options?.body === undefined)) {
      throw new SageMakerError("INVALID_INPUT", "Pass either inputLocation or body to invokeAsync.");
    }
    const inline = options.body === undefined ? undefined : encodeBody(options.body, maxInlineAsyncBytes);
    const contentType = options.contentType ?? inline?.contentType;
    const headers = headersOf({ ...options, contentType }, invokeAsyncHeaders);
    // What travels is bytes or nothing; the input's own type is in X-Amzn-SageMaker-Content-Type.
    const target = targetOf(endpointName, "application/octet-stream");
    const repeat = options.inferenceId === undefined ? "unsent" : "answered";
    const { header, bytes } = await client.exchange(target, repeat, {
      body: inline?.data ?? "",
      headers,
      streamed: false,
      options,
    });
    return {
      inferenceId: inferenceIdOf(bytes) ?? options.inferenceId,
      outputLocation: header("x-amzn-sagemaker-outputlocation"),
      failureLocation: header("x-amzn-sagemaker-failurelocation"),
      requestId: requestIdOf(header) ?? "",
    };
  };
}

function inferenceIdOf(bytes: Uint8Array): string | undefined {
  try {
    const answer = JSON.parse(textOf(bytes)) as { readonly InferenceId?: unknown } | null;
    return typeof answer?.InferenceId === "string" ? answer.InferenceId : undefined;
  } catch {
    // The invocation is queued all the same, and the locations in the headers say where to look.
    return undefined;
  }
}
