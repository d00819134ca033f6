import { checkMs, checkRandom, checkWindow } from "#platform/check-parts";
import { MINUTE_MS } from "./limits.ts";

/** How long before their expiry credentials are renewed. */
export interface RefreshWindow {
  /** From here on they are renewed in the background while they stay in use; milliseconds before expiry. */
  readonly advisoryMs: number;
  /** From here on a caller waits for the renewal; milliseconds before expiry. */
  readonly mandatoryMs: number;
}

/**
 * The refresh window for credentials that live `lifetimeMs`: 5 minutes for a lifetime up to 20 minutes, 15 minutes
 * below 90 minutes, and 60 minutes from there on. It is never more than half of a short lifetime: a window as long as
 * the lifetime renews without end (aws/aws-sdk-net#4313).
 */
export function refreshWindow(lifetimeMs: number): RefreshWindow {
  checkMs(lifetimeMs, "lifetimeMs");
  const minutes = lifetimeMs < 90 * MINUTE_MS ? 15 : 60;
  const isShort = lifetimeMs <= 20 * MINUTE_MS;
  const advisoryMs = isShort ? Math.min(5 * MINUTE_MS, lifetimeMs / 2) : minutes * MINUTE_MS;
  return { advisoryMs, mandatoryMs: Math.min(MINUTE_MS, advisoryMs) };
}

/**
 * How much earlier than its advisory window one holder starts, in milliseconds: a fleet that started together does not
 * renew together. Drawn once for each set of credentials.
 */
export function refreshJitterMs(
  lifetimeMs: number,
  window: RefreshWindow = refreshWindow(lifetimeMs),
  random: () => number = Math.random,
): number {
  checkMs(lifetimeMs, "lifetimeMs");
  checkWindow(window);
  checkRandom(random);
  return random() * Math.min(window.advisoryMs / 3, lifetimeMs / 10);
}

/**
 * The pause after a failed refresh of credentials that are good for another `remainingMs`: a sixth of it, within 5
 * seconds and 5 minutes, give or take a fifth. Many attempts fit before the expiry and few are wasted in a long outage.
 */
export function refreshBackoffMs(remainingMs: number, random: () => number = Math.random): number {
  checkMs(remainingMs, "remainingMs");
  checkRandom(random);
  return Math.min(Math.max(remainingMs / 6, 5000), 5 * MINUTE_MS) * (0.8 + 0.4 * random());
}
