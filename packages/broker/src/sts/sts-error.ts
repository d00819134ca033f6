import { BrokerError, type BrokerErrorCode } from "../errors/error.ts";
import { sayingOf, withoutSecrets } from "../errors/foreign-error.ts";

/**
 * What a failure of STS means for the next step. `refusal`: the same request would be refused again. `source`: STS
 * rejected the credentials or the token of the request. `region`: this Region is disabled.
 */
export type StsErrorKind = "refusal" | "source" | "throttle" | "region" | "transient";

interface StsErrorClass {
  readonly kind: StsErrorKind;
  readonly code: BrokerErrorCode;
}

const REFUSED: StsErrorClass = { kind: "refusal", code: "REQUEST_REJECTED" };
const DENIED: StsErrorClass = { kind: "refusal", code: "ACCESS_DENIED" };
const SOURCE: StsErrorClass = { kind: "source", code: "SOURCE_REJECTED" };
const THROTTLE: StsErrorClass = { kind: "throttle", code: "THROTTLED" };
const TRANSIENT: StsErrorClass = { kind: "transient", code: "STS_UNAVAILABLE" };
/** Of another server, such as a proxy's page, or cut off. Another try may get the answer of STS. */
const UNREADABLE: StsErrorClass = { kind: "transient", code: "STS_RESPONSE_INVALID" };
const REGION: StsErrorClass = { kind: "region", code: "REGION_DISABLED" };

/**
 * Error codes of STS without their `Exception` suffix.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors and
 * https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const CLASSES: Readonly<Record<string, StsErrorClass | undefined>> = {
  // No prototype: a code such as "constructor" finds nothing.
  __proto__: null as never,
  AccessDenied: DENIED,
  OptInRequired: DENIED,
  MalformedPolicyDocument: REFUSED,
  PackedPolicyTooLarge: REFUSED,
  IDPRejectedClaim: REFUSED,
  ValidationError: REFUSED,
  SessionDurationEscalation: REFUSED,
  ExpiredToken: SOURCE,
  InvalidClientTokenId: SOURCE,
  UnrecognizedClient: SOURCE,
  SignatureDoesNotMatch: SOURCE,
  InvalidToken: SOURCE,
  InvalidIdentityToken: SOURCE,
  MissingAuthenticationToken: SOURCE,
  IncompleteSignature: SOURCE,
  RequestExpired: SOURCE,
  RequestTimeTooSkewed: SOURCE,
  InvalidSignature: SOURCE,
  Throttling: THROTTLE,
  Throttled: THROTTLE,
  TooManyRequests: THROTTLE,
  RequestLimitExceeded: THROTTLE,
  RequestThrottled: THROTTLE,
  SlowDown: THROTTLE,
  IDPCommunicationError: TRANSIENT,
  ServiceUnavailable: TRANSIENT,
  InternalFailure: TRANSIENT,
  RegionDisabled: REGION,
};

/** The fields that are read of errors of AWS clients. Such errors also contain the request and the response. */
interface ServiceError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly $response?: { readonly headers?: Readonly<Record<string, string | undefined>> };
}

/** A classified failure of one request to STS. */
export interface StsFailure {
  readonly kind: StsErrorKind;
  readonly error: BrokerError;
  /** The session may be at most one hour long, because a role assumes a role. */
  readonly chainLimit: boolean;
}

/** Classifies the failure of a request to STS. No other code reads errors of the SDK. */
export function stsFailure(error: unknown, operation: string, region: string): StsFailure {
  if (error instanceof BrokerError) return { kind: kindOf(error), error, chainLimit: false };
  const foreign = (error ?? {}) as ServiceError;
  const name = typeof foreign.name === "string" ? foreign.name.replace(/Exception$/u, "") : "";
  const message = typeof foreign.message === "string" ? foreign.message : "";
  const { kind, code } = classOf(name, message, foreign.$metadata?.httpStatusCode);
  const saying = code === "STS_RESPONSE_INVALID" ? "the answer cannot be read" : sayingOf(error);
  return {
    kind,
    chainLimit: name === "ValidationError" && /1 hour session limit/iu.test(message),
    error: new BrokerError(code, `STS ${operation} in ${region}: ${saying}`, {
      cause: withoutSecrets(error),
      retryAfterMs: retryAfterMs(kind, foreign.$response?.headers?.["retry-after"]),
    }),
  };
}

/** Whether the same request would be refused again. */
export function isRefusal(error: BrokerError): boolean {
  return kindOf(error) === "refusal";
}

function kindOf({ code }: BrokerError): StsErrorKind {
  if (code === "THROTTLED" || code === "OVERLOADED") return "throttle";
  if (code === "REGION_DISABLED" || code === "SOURCE_REJECTED" || code === "SOURCE_UNAVAILABLE") return "source";
  return code === "ACCESS_DENIED" || code === "REQUEST_REJECTED" || code === "INVALID_SPEC" || code === "CYCLE"
    ? "refusal"
    : "transient";
}

function classOf(name: string, message: string, status: unknown): StsErrorClass {
  // "Couldn't retrieve verification key from your identity provider" is transient (aws-cli#7194, aws-sdk-rust#827).
  if (name === "InvalidIdentityToken" && /verification key/iu.test(message)) return TRANSIENT;
  const known = CLASSES[name];
  if (known !== undefined) return known;
  if (status === 429 || name.startsWith("Throttl")) return THROTTLE;
  if (typeof status !== "number") return TRANSIENT;
  if (status >= 200 && status < 300) return UNREADABLE;
  return status >= 400 && status < 500 ? REFUSED : TRANSIENT;
}

function retryAfterMs(kind: StsErrorKind, header: string | undefined): number | undefined {
  if (kind !== "throttle" && kind !== "transient") return undefined;
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 300) * 1000 : 0;
}
