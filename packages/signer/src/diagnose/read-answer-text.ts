import { SignerError } from "../errors/error.ts";
import type { ErrorAnswer } from "./error-answer.ts";
import { readHttpMessage } from "./http-message.ts";
import { pastedText } from "./pasted-text.ts";

/**
 * Reads a refusal that was pasted: an HTTP response with its status line, as `curl -i` prints it, or the XML or JSON
 * body alone, which then counts as a 403.
 *
 * @throws SignerError `INVALID_OPTION` for text that is neither.
 *
 * @example
 * diagnose(readAnswerText(pasted), signed);
 */
export function readAnswerText(given: string): ErrorAnswer {
  const text = pastedText(given, "answer");
  if (/^\s*[<{]/.test(text)) return { status: 403, headers: {}, body: text };
  const message = readHttpMessage(text);
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})\b/.exec(message?.startLine ?? "")?.[1];
  if (message === undefined || status === undefined) {
    throw new SignerError(
      "INVALID_OPTION",
      'answer: must be a response that begins with "HTTP/1.1 403", or the XML or JSON body of one',
    );
  }
  return { status: Number(status), headers: message.headers, body: message.body };
}
