import type { Clock } from "@countersign/signer";
import type { Answer } from "./attempt.ts";

/** How long the answer asks to wait, in milliseconds: `Retry-After` holds seconds or a date (RFC 9110, section 10.2.3). */
export function retryAfter(answer: Answer, clock: Pick<Clock, "now">): number {
  const value = answer.header("retry-after") ?? "";
  const ms = Number(value) * 1000 || Date.parse(value) - clock.now();
  return ms > 0 ? ms : 0;
}
