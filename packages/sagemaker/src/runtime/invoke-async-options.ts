import { words } from "@countersign/signer";
import { unchecked } from "@countersign/signer/options";
import type { CallOptions } from "../core/call-options.ts";
import { SageMakerError } from "../core/error.ts";
import { type CallRules, callRules, type ReadOption, textHeader } from "./header-rule.ts";
import { customAttributes, inferenceId, mediaType } from "./invoke-options.ts";

/** Options of `invokeAsync`. */
export interface InvokeAsyncOptions extends CallOptions {
  /** Where the input is: an `s3://` or `https://` URI. Either this or `body`. */
  readonly inputLocation?: string | undefined;
  /** The input itself, up to 128,000 bytes. Either this or `inputLocation`. */
  readonly body?: string | Uint8Array | ArrayBuffer | object | undefined;
  /** The type of the input. Default: as for `invoke`. */
  readonly contentType?: string | undefined;
  /** The content type wanted back. Default: the model's choice. */
  readonly accept?: string | undefined;
  /** Passed to the container unchanged: up to 1024 characters of visible ASCII. */
  readonly customAttributes?: string | undefined;
  /** Your own id. An invocation with an id is retried after a 5xx; without one it is not, because it could run twice. */
  readonly inferenceId?: string | undefined;
  /** How long the request may wait in the queue, in seconds: 60 to 21,600. Default: the service's, 6 hours. */
  readonly requestTtlSeconds?: number | undefined;
  /** How long the model may take, in seconds: 1 to 3,600. Default: the service's, 15 minutes. */
  readonly invocationTimeoutSeconds?: number | undefined;
  /** Appended to the S3 path of the output. */
  readonly s3OutputPathExtension?: string | undefined;
  /** The name of the output in S3. Default: derived from the inference id. */
  readonly filename?: string | undefined;
}

function seconds(least: number, most: number): ReadOption {
  return (value, option) => {
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return String(value);
    const must = words ? `must be a whole number of seconds from ${least} to ${most}` : most;
    throw new SageMakerError("INVALID_HEADER", `${option}: ${must}`);
  };
}

const lowerCase = (option: string): string => option.toLowerCase();

const rules: CallRules<InvokeAsyncOptions> = callRules(
  {
    inputLocation: textHeader(1024, /^(?:https|s3):\/\/[^/]/),
    requestTtlSeconds: seconds(60, 21_600),
    invocationTimeoutSeconds: seconds(1, 3600),
    s3OutputPathExtension: textHeader(512, /^(?!s3:|https:)[a-zA-Z0-9!_.*'()/-]+$/),
    filename: textHeader(32, /^(?!.*\..*\.)[a-zA-Z0-9][a-zA-Z0-9\-_.]*$/),
  },
  callRules({ contentType: mediaType, accept: textHeader(1024), customAttributes, inferenceId }),
  lowerCase,
);

/**
 * InvokeEndpointAsync. The request's body is empty or the input itself, so the input's type has a header of its own.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
 */
export const invokeAsyncRules: CallRules<InvokeAsyncOptions> = {
  shapes: { ...rules.shapes, body: unchecked },
  headers: rules.headers,
};
