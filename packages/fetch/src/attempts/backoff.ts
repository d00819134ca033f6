import type { Answer } from "../attempts.ts";

/**
 * Full jitter: anywhere between nothing and the bound, which doubles with each retry.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoff(retries: number, baseMs: number, maxDelayMs: number, random: () => number): number {
  return random() * Math.min(maxDelayMs, baseMs * 2 ** retries);
}

/** How long the answer asks to wait, in milliseconds: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3). */
export function retryAfter(answer: Answer, now: number): number {
  const value = answer.header("retry-after");
  if (typeof value !== "string") return 0;
  const ms = /^\d+$/u.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return ms > 0 ? ms : 0;
}
