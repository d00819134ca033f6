import { checkAnswer, type ErrorAnswer, readErrorAnswer } from "./error-answer.ts";
import { checkOptions } from "../errors/check-options.ts";
import { refuseOption } from "../errors/refuse.ts";
import { type ExplainOptions, explainShapes } from "./explanation.ts";
import { redactTokens } from "./redact.ts";

/** The steps that AWS expected, where its answer shows them. */
export interface ExpectedSteps {
  /** AWS's code, without `Exception`; empty when the answer is not AWS's. */
  readonly code: string;
  readonly message: string;
  readonly canonicalRequest?: string;
  readonly stringToSign?: string;
}

/**
 * Reads what AWS expected out of its refusal, for people to compare. Session tokens are shown as their length and hash
 * unless `reveal` says otherwise. A part that cannot be read is absent.
 *
 * @example
 * const { canonicalRequest } = readExpected({ status: 403, body });
 */
export function readExpected(answer: ErrorAnswer, options: ExplainOptions = {}): ExpectedSteps {
  const { reveal = false } = checkOptions(options, explainShapes, refuseOption);
  checkAnswer(answer);
  const { code, message, canonicalRequest, stringToSign } = readErrorAnswer(answer);
  const show = (text: string): string => (reveal ? text : redactTokens(text));
  return {
    code,
    message: show(message),
    ...(canonicalRequest !== "" && { canonicalRequest: show(canonicalRequest) }),
    ...(stringToSign !== "" && { stringToSign }),
  };
}
