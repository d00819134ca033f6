import { checkAnswer, checkAnswerText } from "#platform/check-parts";
import type { Answer } from "./attempt.ts";
import { errorCode } from "./error-code.ts";
import type { Repeat } from "./repeat.ts";
import { MODEL_ERROR } from "./limits.ts";

/**
 * What an outcome means for the call.
 *
 * - `final`: return it to the caller.
 * - `transient`, `throttled`: send again after a wait.
 * - `skewed`: the service refused the signature's time.
 * - `rejected`: the service refused the access key or its session token.
 */
export type Verdict = "final" | "transient" | "throttled" | "skewed" | "rejected";

/**
 * Error codes that decide regardless of the status, without their `Exception` suffix.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html (throttling, transient)
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (skew, token)
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const BY_CODE: readonly (readonly [Verdict, RegExp])[] = [
  [
    "throttled",
    /^(?:BandwidthLimitExceeded|EC2Throttled|ModelNotReady|PriorRequestNotComplete|ProvisionedThroughputExceeded|RequestLimitExceeded|RequestThrottled|SlowDown|Throttled|Throttling|TooManyRequests|TransactionInProgress)$/,
  ],
  [
    "skewed",
    /^(?:AuthFailure|InvalidSignature|RequestExpired|RequestInTheFuture|RequestTimeTooSkewed|SignatureDoesNotMatch)$/,
  ],
  ["rejected", /^(?:ExpiredToken|InvalidAccessKeyId|InvalidClientTokenId|InvalidToken|UnrecognizedClient)$/],
];

/** What AWS writes where it refused a request for its time, and S3's and EC2's codes for it. */
export const ABOUT_TIME: RegExp =
  /Signature (?:expired|not yet current)|RequestExpired|RequestInTheFuture|RequestTimeTooSkewed|AuthFailure|ServerTime/;

/** Whether a refused signature was refused for its time, by its code or its text. Without a text it may have been. */
export function isAboutTime(answer: Answer, text: string): boolean {
  checkAnswer(answer);
  checkAnswerText(text);
  return text === "" || ABOUT_TIME.test(answer.header("x-amzn-errortype") + text);
}

/** Judges an error answer by its status and its code. */
export async function judgeAnswer(answer: Answer, repeat: Repeat): Promise<Verdict> {
  const { status } = answer;
  if (status === MODEL_ERROR) return "final";
  const code = (await errorCode(answer)) ?? "";
  const named = BY_CODE.find(([, codes]) => codes.test(code));
  if (named !== undefined) return named[0];
  if (status === 429) return "throttled";
  const transient = (status >= 500 && status !== 501 && status !== 505) || status === 408 || code === "RequestTimeout";
  return transient && code !== "ModelError" && repeat !== "unsent" ? "transient" : "final";
}
