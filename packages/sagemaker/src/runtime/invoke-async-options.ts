import type { CallOptions } from "../core/call-options.ts";
import { SageMakerError } from "../core/error.ts";
import { type ReadOption, type HeaderRules, headerRules, textHeader } from "./header-rule.ts";
import { customAttributes, inferenceId } from "./invoke-options.ts";

/** What may be said when a model is asked asynchronously. */
export interface InvokeAsyncOptions extends CallOptions {
  /** Where the input is: an `s3://` or `https://` URI. Either this or `body`. */
  readonly inputLocation?: string | undefined;
  /** The input itself, up to 128,000 bytes. Either this or `inputLocation`. */
  readonly body?: string | Uint8Array | ArrayBuffer | object | undefined;
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  readonly customAttributes?: string | undefined;
  /** Your own id. With one, the invocation is retried after a 5xx; without one it would run twice, so it is not. */
  readonly inferenceId?: string | undefined;
  /** How long the request may wait in the queue, in seconds: 60 to 21,600. */
  readonly requestTtlSeconds?: number | undefined;
  /** How long the model may take, in seconds: 1 to 3,600. */
  readonly invocationTimeoutSeconds?: number | undefined;
  /** Appended to the S3 path of the output. */
  readonly s3OutputPathExtension?: string | undefined;
  /** The name of the output in S3. Default: derived from the inference id. */
  readonly filename?: string | undefined;
}

function seconds(least: number, most: number): ReadOption {
  return (option, value) => {
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return String(value);
    throw new SageMakerError("INVALID_HEADER", `${option} must be a whole number from ${least} to ${most}.`);
  };
}

/**
 * InvokeEndpointAsync: what travels is empty or inline, so the input's type has a header of its own.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
 */
export const invokeAsyncHeaders: HeaderRules = new Map([
  ...headerRules({ contentType: textHeader(1024), accept: textHeader(1024), customAttributes, inferenceId }),
  ...headerRules(
    {
      inputLocation: textHeader(1024, /^(?:https|s3):\/\/[^/]/),
      requestTtlSeconds: seconds(60, 21_600),
      invocationTimeoutSeconds: seconds(1, 3600),
      s3OutputPathExtension: textHeader(512, /^(?!s3:|https:)[a-zA-Z0-9!_.*'()/-]+$/),
      filename: textHeader(32, /^(?!.*\..*\.)[a-zA-Z0-9][a-zA-Z0-9\-_.]*$/),
    },
    (option) => option.toLowerCase(),
  ),
]);
