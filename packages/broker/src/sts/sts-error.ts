import { BrokerError, type BrokerErrorCode } from "../errors/error.ts";

/**
 * What a failure of STS means for the next step. `refusal`: the same request will be refused again. `source`: the
 * credentials it was signed with, or the token it carried, were turned down. `region`: this Region will not serve.
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

/** What the errors of AWS clients carry. Nothing else of them is read: they also hold the request and the response. */
interface ServiceError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown; readonly requestId?: unknown };
  readonly $response?: { readonly headers?: Readonly<Record<string, string | undefined>> };
}

/** A failure of one request to STS, understood. */
export interface StsFailure {
  readonly kind: StsErrorKind;
  readonly error: BrokerError;
  /** The request's session may be at most one hour long, because a role assumes a role. */
  readonly chainLimit: boolean;
}

/** Maps whatever a request to STS failed with; the only place that reads foreign errors. */
export function stsFailure(error: unknown, operation: string, region: string): StsFailure {
  if (error instanceof BrokerError) return { kind: kindOf(error), error, chainLimit: false };
  const foreign = (error ?? {}) as ServiceError;
  const name = typeof foreign.name === "string" ? foreign.name.replace(/Exception$/u, "") : "";
  const message = typeof foreign.message === "string" ? foreign.message : "";
  const { kind, code } = classOf(name, message, foreign.$metadata?.httpStatusCode);
  return {
    kind,
    chainLimit: name === "ValidationError" && /1 hour session limit/iu.test(message),
    error: new BrokerError(code, `STS ${operation} in ${region}: ${scrub(message) || name || "no answer"}`, {
      cause: reasonOf(foreign, error),
      retryAfterMs: retryAfterMs(kind, foreign.$response?.headers?.["retry-after"]),
    }),
  };
}

/** Whether asking again is useless until somebody changes something. */
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
  // "Couldn't retrieve verification key from your identity provider" passes by itself (aws-cli#7194, aws-sdk-rust#827).
  if (name === "InvalidIdentityToken" && /verification key/iu.test(message)) return TRANSIENT;
  const known = CLASSES[name];
  if (known !== undefined) return known;
  if (status === 429 || name.startsWith("Throttl")) return THROTTLE;
  return typeof status === "number" && status >= 400 && status < 500 ? REFUSED : TRANSIENT;
}

function retryAfterMs(kind: StsErrorKind, header: string | undefined): number | undefined {
  if (kind !== "throttle" && kind !== "transient") return undefined;
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 300) * 1000 : 0;
}

/** What AWS said: its name for the error, its words, its request id. Not the client's error, which holds the request. */
function reasonOf(foreign: ServiceError, error: unknown): unknown {
  if (foreign.$metadata === undefined && !(error instanceof Error)) return new Error(scrub(String(error)));
  const reason = new Error(typeof foreign.message === "string" ? scrub(foreign.message) : "");
  if (typeof foreign.name === "string") reason.name = foreign.name;
  const { httpStatusCode, requestId } = foreign.$metadata ?? {};
  const inner = (error as { readonly cause?: unknown }).cause;
  return Object.assign(reason, {
    ...(typeof foreign.code === "string" && { code: foreign.code }),
    ...(typeof httpStatusCode === "number" && { httpStatusCode }),
    ...(typeof requestId === "string" && { requestId }),
    ...(inner instanceof Error && { cause: reasonOf(inner as ServiceError, inner) }),
  });
}

const SECRETS = [
  // SignatureDoesNotMatch quotes the canonical request, and that holds the token.
  /(?<=x-amz-security-token[:=])[^\s&"'\\]+/giu,
  // JSON Web Tokens and session tokens, as answers and proxies like to quote them.
  /eyJ[\w-]{8,}\.[\w-]+\.[\w-]+/gu,
  /(?:IQoJ|FwoG|FQoG|AQoD)[\w+/=-]{32,}/gu,
  // A secret access key is 40 characters of base64.
  /(?<![\w+/=])[A-Za-z0-9+/]{40}(?![\w+/=])/gu,
];

/** Takes everything out of a message that looks like a secret. */
export function scrub(message: string): string {
  return SECRETS.reduce((text, secret) => text.replace(secret, "<removed>"), message);
}
