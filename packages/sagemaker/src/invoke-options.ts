import { SageMakerError } from "./error.ts";

/** What every call takes. */
export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long the call may take altogether, retries included, in milliseconds. For streams: until the answer's head.
   * Default: no limit but the transport's, 70 seconds for the head of each answer.
   */
  readonly timeoutMs?: number | undefined;
}

/** What may be said besides the body when a model is asked. */
export interface InvokeOptions extends CallOptions {
  /** Default: `application/json` for objects and arrays, else `application/octet-stream`. */
  readonly contentType?: string | undefined;
  /** The content type wanted back. Default: the model's choice. */
  readonly accept?: string | undefined;
  /** The production variant to ask, instead of one drawn by weight. */
  readonly targetVariant?: string | undefined;
  /** The model of a multi-model endpoint: its path below the endpoint's S3 prefix. */
  readonly targetModel?: string | undefined;
  /** The container of a multi-container endpoint. */
  readonly targetContainerHostname?: string | undefined;
  /** The inference component to ask. */
  readonly inferenceComponent?: string | undefined;
  /** Your own id: recorded by data capture; makes retrying an asynchronous invocation safe. */
  readonly inferenceId?: string | undefined;
  /** A stateful session: `NEW_SESSION`, or the id of one. */
  readonly sessionId?: string | undefined;
  /** Keeps requests with the same prefix and id on one instance, when the endpoint routes by prefix. */
  readonly prefixAwareId?: string | undefined;
  /** Handed to the container as it is: up to 1024 characters of visible ASCII. */
  readonly customAttributes?: string | undefined;
  /** A JMESPath expression that overrides the endpoint's explainer setting. */
  readonly enableExplanations?: string | undefined;
}

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

/** What may be said when a bidirectional stream is opened. */
export interface InvokeBidirectionalOptions extends CallOptions {
  readonly targetVariant?: string | undefined;
  /** The path of the container's route, such as `v1/listen`. */
  readonly modelInvocationPath?: string | undefined;
  /** The query string of the container's route, without `?`. */
  readonly modelQueryString?: string | undefined;
}

/** How one option travels. */
interface HeaderRule {
  readonly name: string;
  readonly max: number;
  readonly pattern?: RegExp;
  /** Bounds of a whole number. */
  readonly range?: readonly [least: number, most: number];
}

/** The options of one operation and their headers. */
export type HeaderRules = Readonly<Record<string, HeaderRule | undefined>>;

// Patterns and lengths: the request parameters of
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html and
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
const name63 = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const printable = /^\S/;
const sessionId = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$|^NEW_SESSION$/;

const rules = (entries: Record<string, HeaderRule>): HeaderRules => Object.assign(Object.create(null), entries);

const stream = {
  targetVariant: { name: "x-amzn-sagemaker-target-variant", max: 63, pattern: name63 },
  targetContainerHostname: { name: "x-amzn-sagemaker-target-container-hostname", max: 63, pattern: name63 },
  inferenceComponent: { name: "x-amzn-sagemaker-inference-component", max: 63, pattern: name63 },
  inferenceId: { name: "x-amzn-sagemaker-inference-id", max: 64, pattern: printable },
  sessionId: { name: "x-amzn-sagemaker-session-id", max: 256, pattern: sessionId },
  prefixAwareId: { name: "x-amzn-sagemaker-prefix-aware-id", max: 256, pattern: printable },
  customAttributes: { name: "x-amzn-sagemaker-custom-attributes", max: 1024 },
} as const;

const models = {
  targetModel: { name: "x-amzn-sagemaker-target-model", max: 1024, pattern: printable },
  enableExplanations: { name: "x-amzn-sagemaker-enable-explanations", max: 64, pattern: /./ },
} as const;

/** InvokeEndpoint: here `accept` is HTTP's own header. */
export const invokeHeaders: HeaderRules = rules({ ...stream, ...models, accept: { name: "accept", max: 1024 } });

/** InvokeEndpointWithResponseStream: `accept` has a name of its own, because the answer is always an event stream. */
export const invokeStreamHeaders: HeaderRules = rules({
  ...stream,
  accept: { name: "x-amzn-sagemaker-accept", max: 1024 },
});

/** InvokeEndpointAsync: the request's own body is empty or inline, so the input's type has a name of its own. */
export const invokeAsyncHeaders: HeaderRules = rules({
  contentType: { name: "x-amzn-sagemaker-content-type", max: 1024 },
  accept: { name: "x-amzn-sagemaker-accept", max: 1024 },
  customAttributes: stream.customAttributes,
  inferenceId: stream.inferenceId,
  inputLocation: { name: "x-amzn-sagemaker-inputlocation", max: 1024, pattern: /^(?:https|s3):\/\/[^/]/ },
  requestTtlSeconds: { name: "x-amzn-sagemaker-requestttlseconds", max: 5, range: [60, 21_600] },
  invocationTimeoutSeconds: { name: "x-amzn-sagemaker-invocationtimeoutseconds", max: 4, range: [1, 3600] },
  s3OutputPathExtension: {
    name: "x-amzn-sagemaker-s3outputpathextension",
    max: 512,
    pattern: /^(?!s3:|https:)[a-zA-Z0-9!_.*'()/-]+$/,
  },
  filename: { name: "x-amzn-sagemaker-filename", max: 32, pattern: /^(?!.*\..*\.)[a-zA-Z0-9][a-zA-Z0-9\-_.]*$/ },
});

/** InvokeEndpointWithBidirectionalStream. */
export const invokeBidirectionalHeaders: HeaderRules = rules({
  targetVariant: stream.targetVariant,
  modelInvocationPath: { name: "x-amzn-sagemaker-model-invocation-path", max: 1024 },
  modelQueryString: { name: "x-amzn-sagemaker-model-query-string", max: 1024 },
});

/** Options that are not headers, or that the caller's code reads by itself. */
const notHeaders = new Set(["signal", "timeoutMs", "contentType", "body"]);
// RFC 9110, section 5.5, without obs-text: AWS's own limit on these fields.
const visible = /^[\t\x20-\x7e]*$/;

/**
 * Turns the options of an operation into its headers.
 *
 * @throws SageMakerError `INVALID_HEADER` for a value that breaks the field's limits, `INVALID_OPTION` for an option
 * that the operation does not have.
 */
export function headersOf(options: object, table: HeaderRules): Record<string, string> | undefined {
  let headers: Record<string, string> | undefined;
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const rule = table[option];
    if (rule === undefined) {
      if (notHeaders.has(option)) continue;
      throw new SageMakerError("INVALID_OPTION", `"${option}" is not an option of this operation.`);
    }
    headers ??= {};
    headers[rule.name] = headerValue(option, value, rule);
  }
  return headers;
}

/** @throws SageMakerError `INVALID_HEADER`. */
export function headerValue(option: string, value: unknown, rule: Omit<HeaderRule, "name">): string {
  const { max, pattern, range } = rule;
  if (range !== undefined) {
    if (Number.isInteger(value) && (value as number) >= range[0] && (value as number) <= range[1]) return String(value);
    throw new SageMakerError("INVALID_HEADER", `${option} must be a whole number from ${range[0]} to ${range[1]}.`);
  }
  if (typeof value !== "string") throw new SageMakerError("INVALID_HEADER", `${option} must be a string.`);
  if (value.length > max) {
    throw new SageMakerError("INVALID_HEADER", `${option} has ${value.length} characters; the limit is ${max}.`);
  }
  if (!visible.test(value)) throw new SageMakerError("INVALID_HEADER", `${option} must be visible ASCII on one line.`);
  if (pattern !== undefined && !pattern.test(value)) {
    throw new SageMakerError("INVALID_HEADER", `${option} must match ${pattern.source}.`);
  }
  return value;
}
