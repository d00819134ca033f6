import type { AwsCredentials, Clock } from "@countersign/signer";
import { MIN_GRANT_MS } from "./limits.ts";
import { endOf } from "./vended-key.ts";

/** Told when the broker is asked; the result is told what it answered. */
export type Learn = (endpoint: URL, clock: Clock) => (response: Response, granted: AwsCredentials | undefined) => void;

/** Corrects the clock by the `Date` of the broker's answer. */
export const learnDate: Learn = ({ protocol }, clock) => {
  const sentAt = clock.wall();
  return ({ headers }, granted) => {
    const receivedAt = clock.wall();
    // Credentials that were just issued and are expired by this clock confirm that the clock is off. A page that cannot
    // read the date takes them for the shortest that STS issues.
    const confirmed = granted !== undefined && endOf(granted) <= receivedAt;
    const guessed = granted !== undefined && endOf(granted) <= clock.now() ? endOf(granted) - MIN_GRANT_MS : Number.NaN;
    // An answer with an `Age` was stored by a cache (RFC 9111, section 5.1).
    if (headers.has("age") || protocol !== "https:") return;
    clock.observe({ date: new Date(headers.get("date") ?? guessed), sentAt, receivedAt, confirmed });
  };
};
