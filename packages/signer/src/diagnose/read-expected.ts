import { type ErrorAnswer, readErrorAnswer } from "./error-answer.ts";
import type { ExplainOptions } from "./explanation.ts";
import { redactTokens } from "./redact.ts";

/** What AWS says it expected, as far as its answer tells. */
export interface ExpectedSteps {
  /** AWS's code, without `Exception`; empty when the answer is none of AWS's. */
  readonly code: string;
  readonly message: string;
  readonly canonicalRequest?: string;
  readonly stringToSign?: string;
}

/**
 * Reads what AWS expected out of its refusal, for people to compare. Session tokens are shown as their length and hash
 * unless `reveal` says otherwise. Never throws: what cannot be read is absent.
 *
 * @example
 * const { canonicalRequest } = readExpected({ status: 403, body });
 */
export function readExpected(answer: ErrorAnswer, { reveal = false }: ExplainOptions = {}): ExpectedSteps {
  const { code, message, canonicalRequest, stringToSign } = readErrorAnswer(answer);
  const show = (text: string): string => (reveal ? text : redactTokens(text));
  return {
    code,
    message: show(message),
    ...(canonicalRequest !== "" && { canonicalRequest: show(canonicalRequest) }),
    ...(stringToSign !== "" && { stringToSign }),
  };
}
