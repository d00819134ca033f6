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

/** What this package refuses or detects by itself. Codes of AWS are in camel case, these never are. */
export type SageMakerLocalCode =
  | "BODY_TOO_LARGE"
  | "CLOSED"
  | "CONNECTION_LOST"
  | "INVALID_BODY"
  | "INVALID_ENDPOINT_NAME"
  | "INVALID_HEADER"
  | "INVALID_INPUT"
  | "INVALID_JSON"
  | "INVALID_OPERATION"
  | "INVALID_OPTION"
  | "INVALID_RESPONSE"
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

/** What had arrived when a stream broke off. */
export interface StreamProgress {
  /** Payload parts handed to the reader. */
  readonly parts: number;
  /** Bytes in these parts. */
  readonly bytes: number;
  /** The beginning of a line or event whose end never came, from `lines()`, `sse()` and `json()`. */
  readonly unfinished?: string;
}

/** What an error knows besides its code and message. */
export interface SageMakerErrorDetails {
  readonly cause?: unknown;
  /** HTTP status of the answer. */
  readonly status?: number | undefined;
  /** AWS's request id: what AWS support asks for. */
  readonly requestId?: string | undefined;
  /** ModelError: the status that the model's container answered with. */
  readonly originalStatusCode?: number | undefined;
  /** ModelError: what the model's container said. */
  readonly originalMessage?: string | undefined;
  /** ModelError: the CloudWatch log stream of the container. */
  readonly logStreamArn?: string | undefined;
  /** ModelStreamError: `ModelInvocationTimeExceeded` or `StreamBroken`. */
  readonly errorCode?: string | undefined;
  /** Errors in the middle of a stream: what came before. */
  readonly received?: StreamProgress | undefined;
}

/**
 * Thrown by `@countersign/sagemaker`: what AWS answered (the `code` is AWS's own), or what was refused before sending.
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

  constructor(code: SageMakerErrorCode, message: string, { cause, ...details }: SageMakerErrorDetails = {}) {
    super(code, message, cause === undefined ? undefined : { cause });
    addDetails(this, details);
  }
}

/** Makes known what is known; an error shows no empty fields. */
export function addDetails(error: SageMakerError, details: Omit<SageMakerErrorDetails, "cause">): SageMakerError {
  for (const [name, value] of Object.entries(details)) {
    if (value !== undefined) Object.defineProperty(error, name, { value, enumerable: true, configurable: true });
  }
  return error;
}
