import { CountersignError } from "@countersign/signer/error";
import { nameOf, scrub } from "../errors/foreign-error.ts";

/**
 * Why a request was refused, for the operator: the messages of our own errors, and the codes of foreign ones. Foreign
 * messages are not quoted: they may contain requests and answers.
 */
export function refusalReason(error: Error): string {
  const reasons: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 4 && current instanceof Error; depth++) {
    const reason = current instanceof CountersignError ? current.message : nameOf(current);
    if (reason !== "" && !reasons.some((known) => known.includes(reason))) reasons.push(reason);
    current = current.cause;
  }
  return scrub(reasons.join(": "));
}
