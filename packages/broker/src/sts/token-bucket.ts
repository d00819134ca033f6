import type { Clock } from "@countersign/signer";

/** Meters calls: `perSecond` on average, `burst` at once. */
export interface TokenBucket {
  take(): boolean;
  /** How long until there is a token, in milliseconds. */
  waitMs(): number;
  /** Halves the rate: the service asked to slow down. */
  halve(): void;
  /** Gives back a twentieth of the full rate: a call succeeded. */
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
      // A sum of fractions may end a hair below the whole token that it stands for.
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
