import type { Clock } from "@countersign/signer";

/** How long an answer asks to wait, in milliseconds: `Retry-After` holds seconds or a date (RFC 9110, section 10.2.3). */
export function retryAfter(header: string | null | undefined, clock: Pick<Clock, "now">): number {
  const value = header ?? "";
  const ms = Number(value) * 1000 || Date.parse(value) - clock.now();
  return ms > 0 ? ms : 0;
}
