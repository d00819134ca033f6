import { CountersignError } from "@countersign/signer";

/**
 * Codes that AWS answers with and that programs commonly branch on: the modelled errors of the runtimes and of the
 * control plane, and those of the shared front door (authentication, throttling).
 *
 * Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html#API_runtime_InvokeEndpoint_Errors
 * and https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
 */
export type SageMakerServiceCode =
  | "AccessDeniedException"
  | "ConflictException"
  | "ExpiredToken"
  | "ExpiredTokenException"
  | "IncompleteSignature"
  | "InputValidationError"
  | "InternalDependencyException"
  | "InternalFailure"
  | "InternalServerError"
  | "InternalStreamFailure"
  | "InvalidClientTokenId"
  | "InvalidSignatureException"
  | "MissingAuthenticationToken"
  | "MissingAuthenticationTokenException"
  | "ModelError"
  | "ModelNotReadyException"
  | "ModelStreamError"
  | "RequestExpired"
  | "RequestTimeTooSkewed"
  | "ResourceInUse"
  | "ResourceLimitExceeded"
  | "ResourceNotFound"
  | "ServiceUnavailable"
  | "ServiceUnavailableError"
  | "SignatureDoesNotMatch"
  | "ThrottlingException"
  | "UnrecognizedClientException"
  | "ValidationError"
  | "ValidationException";

/** Errors that this package finds itself. They are in upper case; AWS's codes are in camel case. */
export type SageMakerLocalCode =
  | "BODY_TOO_LARGE"
  | "CLOSED"
  | "CONNECTION_LOST"
  | "CREDENTIALS_CHANGED"
  | "INVALID_BODY"
  | "INVALID_ENDPOINT_NAME"
  | "INVALID_HEADER"
  | "INVALID_INPUT"
  | "INVALID_JSON"
  | "INVALID_OPERATION"
  | "INVALID_OPTION"
  | "INVALID_RESPONSE"
  | "INVOCATION_FAILED"
  | "LINE_TOO_LONG"
  | "REDIRECT_REFUSED"
  | "RUNTIME_UNSUPPORTED"
  | "STREAM_CLOSED"
  | "STREAM_CONSUMED"
  | "STREAM_CORRUPT"
  | "STREAM_TRUNCATED"
  | "TIMEOUT"
  | "UNKNOWN_ERROR"
  | "WAITER_FAILED"
  | "WAITER_TIMEOUT";

/** Every known code; AWS may add codes at any time, so a `switch` over it keeps a `default`. */
export type SageMakerErrorCode = SageMakerLocalCode | SageMakerServiceCode | (string & Record<never, never>);

/** How much of a stream had arrived when it broke off. */
export interface StreamProgress {
  /** Number of payload parts handed to the reader. */
  readonly parts: number;
  /** Bytes in these parts. */
  readonly bytes: number;
  /** The beginning of an unfinished line or event, from `lines()`, `sse()` and `json()`. */
  readonly unfinished?: string;
}

/** The fields of an error besides its code and message. */
export interface SageMakerErrorDetails {
  readonly cause?: unknown;
  /** HTTP status of the answer. */
  readonly status?: number | undefined;
  /** AWS's request id; AWS Support asks for it. */
  readonly requestId?: string | undefined;
  /** ModelError: the HTTP status of the model's container. */
  readonly originalStatusCode?: number | undefined;
  /** ModelError: the answer of the model's container, at most 4,096 characters. Not shown by `inspect` and JSON. */
  readonly originalMessage?: string | undefined;
  /** ModelError: the CloudWatch log stream of the container. */
  readonly logStreamArn?: string | undefined;
  /** ModelStreamError: `ModelInvocationTimeExceeded` or `StreamBroken`. */
  readonly errorCode?: string | undefined;
  /** Errors in the middle of a stream: how much arrived before. */
  readonly received?: StreamProgress | undefined;
  /** Errors of `result()`: the S3 URI where the output will be, if the invocation succeeds. */
  readonly outputLocation?: string | undefined;
  /** Errors of `result()`: the S3 URI of the report, if the invocation fails. */
  readonly failureLocation?: string | undefined;
}

/**
 * Thrown by `@countersign/sagemaker`: an error answer of AWS (the `code` is AWS's own), or a refusal before sending.
 *
 * @example
 * ```ts
 * try {
 *   await sagemaker.invoke("churn", { age: 42 });
 * } catch (error) {
 *   if (error instanceof SageMakerError && error.code === "ModelError") console.log(error.originalStatusCode);
 *   else throw error;
 * }
 * ```
 */
export class SageMakerError extends CountersignError<SageMakerErrorCode> implements SageMakerErrorDetails {
  static override readonly name: string = "SageMakerError";

  declare readonly status?: number;
  declare readonly requestId?: string;
  declare readonly originalStatusCode?: number;
  declare readonly originalMessage?: string;
  declare readonly logStreamArn?: string;
  declare readonly errorCode?: string;
  declare readonly received?: StreamProgress;
  declare readonly outputLocation?: string;
  declare readonly failureLocation?: string;

  constructor(code: SageMakerErrorCode, message: string, given: SageMakerErrorDetails = {}) {
    const { cause, ...details } = Object(given) as SageMakerErrorDetails;
    super(code, message, cause === undefined ? undefined : { cause });
    addDetails(this, details);
  }
}

/** Adds the details that are known. The model's own text stays out of logs, so it is not enumerable. */
export function addDetails(error: SageMakerError, details: Omit<SageMakerErrorDetails, "cause">): SageMakerError {
  for (const [name, value] of Object.entries(details)) {
    const enumerable = name !== "originalMessage";
    // Inherits nothing: it would read `get` and `set` of a polluted `Object.prototype`.
    const descriptor: object = { __proto__: null, value, enumerable, configurable: true };
    if (value !== undefined) Object.defineProperty(error, name, descriptor);
  }
  return error;
}
