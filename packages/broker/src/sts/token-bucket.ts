import type { Clock } from "@countersign/signer";

/** Limits calls to `perSecond` on average and `burst` at once. */
export interface TokenBucket {
  take(): boolean;
  /** The time until a token is available, in milliseconds. */
  waitMs(): number;
  /** Halves the rate after a throttling answer. */
  halve(): void;
  /** Raises the rate by a twentieth of the full one after a success. */
  recover(): void;
}

export function createTokenBucket(perSecond: number, burst: number, clock: Pick<Clock, "monotonic">): TokenBucket {
  let rate = perSecond;
  let tokens = burst;
  let filledAt = clock.monotonic();

  const fill = (): void => {
    const time = clock.monotonic();
    tokens = Math.min(burst, tokens + ((time - filledAt) / 1000) * rate);
    filledAt = time;
  };

  return {
    take() {
      fill();
      // A sum of fractions may end slightly below a whole token.
      if (tokens < 1 - 1e-9) return false;
      tokens -= 1;
      return true;
    },
    waitMs() {
      fill();
      return Math.max(0, ((1 - tokens) / rate) * 1000);
    },
    halve() {
      fill();
      rate = Math.max(rate / 2, perSecond / 32);
      tokens = Math.min(tokens, rate);
    },
    recover() {
      fill();
      rate = Math.min(perSecond, rate + perSecond / 20);
    },
  };
}
