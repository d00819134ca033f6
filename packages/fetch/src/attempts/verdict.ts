import type { Repeat } from "./repeat.ts";

/**
 * What an outcome means for the next step.
 *
 * - `final`: it stands.
 * - `transient`, `throttled`: send again after a wait.
 * - `skewed`: the signature's time was turned down.
 * - `rejected`: the access key or its session token was turned down.
 */
export type Verdict = "final" | "transient" | "throttled" | "skewed" | "rejected";

/**
 * Error codes that decide by themselves, without their `Exception` suffix.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html (throttling, transient)
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (skew, token)
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const VERDICT_BY_CODE: Readonly<Record<string, Verdict | undefined>> = {
  __proto__: null as never,
  BandwidthLimitExceeded: "throttled",
  EC2Throttled: "throttled",
  ModelNotReady: "throttled",
  PriorRequestNotComplete: "throttled",
  ProvisionedThroughputExceeded: "throttled",
  RequestLimitExceeded: "throttled",
  RequestThrottled: "throttled",
  SlowDown: "throttled",
  Throttled: "throttled",
  Throttling: "throttled",
  TooManyRequests: "throttled",
  TransactionInProgress: "throttled",
  AuthFailure: "skewed",
  InvalidSignature: "skewed",
  RequestExpired: "skewed",
  RequestInTheFuture: "skewed",
  RequestTimeTooSkewed: "skewed",
  SignatureDoesNotMatch: "skewed",
  ExpiredToken: "rejected",
  InvalidAccessKeyId: "rejected",
  InvalidClientTokenId: "rejected",
  InvalidToken: "rejected",
  UnrecognizedClient: "rejected",
  ModelError: "final",
};

/** The model in the container failed; asking it again is the caller's decision. */
const MODEL_ERROR = 424;

/**
 * Errors before a connection stood: the request cannot have run. From Node's `net` and `dns`, undici, Bun, and
 * `@countersign/transport`.
 */
const NEVER_SENT = new Set([
  "ConnectionRefused",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "FailedToOpenSocket",
  "UND_ERR_CONNECT_TIMEOUT",
  "CONNECT_TIMEOUT",
]);

/** Errors of a connection that stood: the request may have run. */
const CONNECTION_FAILED = new Set([
  "BODY_TIMEOUT",
  "CONNECTION_LOST",
  "ConnectionClosed",
  "ECONNABORTED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_SOCKET",
]);

/** Judges an answer by its status and its error code. */
export function judgeAnswer(status: number, code: string | undefined, repeat: Repeat): Verdict {
  if (status < 400 || status === MODEL_ERROR) return "final";
  const named = code === undefined ? undefined : VERDICT_BY_CODE[code];
  if (named !== undefined) return named;
  if (status === 429) return "throttled";
  const passing = (status >= 500 && status !== 501 && status !== 505) || status === 408 || code === "RequestTimeout";
  return passing && (repeat === "always" || repeat === "answered") ? "transient" : "final";
}

/**
 * Judges what a `send` threw, along its causes. Refusals, ours and other packages', are final; so is everything
 * unknown.
 */
export function judgeError(error: unknown, repeat: Repeat): Verdict {
  let networkFailed = false;
  for (const link of causes(error)) {
    if (link.name === "AbortError" || link.name === "TimeoutError") return "final";
    if (typeof link.code === "string") {
      if (NEVER_SENT.has(link.code)) return "transient";
      if (!CONNECTION_FAILED.has(link.code)) return "final";
      if (link.sent === false) return "transient";
      networkFailed = true;
    } else if (link.name === "TypeError" || link.retryable === true) {
      // All that the Fetch standard says of a failed network is TypeError; workerd throws an Error marked retryable.
      networkFailed = true;
    }
  }
  return networkFailed && repeat === "always" ? "transient" : "final";
}

interface ErrorLink {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly sent?: unknown;
  readonly retryable?: unknown;
}

function* causes(error: unknown): Generator<ErrorLink> {
  // Bounded: nothing keeps a foreign error from being its own cause.
  for (let depth = 0, link = error; depth < 8 && typeof link === "object" && link !== null; depth++) {
    yield link;
    link = (link as ErrorLink).cause;
  }
}
