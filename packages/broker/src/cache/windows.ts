import { refreshBackoffMs, refreshJitterMs, type RefreshWindow, refreshWindow } from "@countersign/signer";
import { BrokerError } from "../errors/error.ts";

/**
 * When sessions are renewed. `adaptive`: in the background from 5, 15 or 60 minutes before expiry by lifetime (the
 * table is `refreshWindow` in the signer), spread by jitter. `sep`: what AWS's own SDKs do since 2026: the same table
 * without jitter, one caller waits, a pause of 5 to 10 minutes after a failure, and a refusal is thrown at once. Or
 * exact windows in milliseconds before expiry, of which at most half of the lifetime is used.
 */
export type Windows = "adaptive" | "sep" | RefreshWindow;

/** What `windows` comes to. */
export interface RefreshPolicy {
  window(lifetimeMs: number): RefreshWindow;
  /** How much earlier than its advisory window a session is renewed; drawn once for each set of credentials. */
  jitterMs(lifetimeMs: number, window: RefreshWindow): number;
  /** The pause after a failed renewal of credentials that are good for another `remainingMs`. */
  backoffMs(remainingMs: number): number;
  /** Who waits for a renewal ahead of time. */
  readonly ahead: "nobody" | "one";
  /** What becomes of a refusal by STS while valid credentials are held. */
  readonly refusal: "serve" | "throw";
}

const MINUTE_MS = 60_000;
const LONGEST_SESSION_MS = 36 * 60 * MINUTE_MS;

/** Turns the `windows` option into a policy. */
export function refreshPolicy(windows: Windows, random: () => number): RefreshPolicy {
  if (windows === "sep") {
    return {
      window: refreshWindow,
      jitterMs: () => 0,
      backoffMs: () => (5 + 5 * random()) * MINUTE_MS,
      ahead: "one",
      refusal: "throw",
    };
  }
  const adaptive = windows === "adaptive";
  return {
    window: adaptive ? refreshWindow : fixedWindow(windows),
    jitterMs: (lifetimeMs, window) => (adaptive ? refreshJitterMs(lifetimeMs, window, random) : 0),
    backoffMs: (remainingMs) => refreshBackoffMs(remainingMs, random),
    ahead: "nobody",
    refusal: "serve",
  };
}

// A window as long as the lifetime renews without end: 900 s sessions under a fixed window of 15 minutes were an outage
// (aws/aws-sdk-net#4313).
function fixedWindow(windows: RefreshWindow): (lifetimeMs: number) => RefreshWindow {
  const { advisoryMs, mandatoryMs } = (windows ?? {}) as Partial<RefreshWindow>;
  if (!isWindow(advisoryMs) || !isWindow(mandatoryMs) || mandatoryMs > advisoryMs) {
    throw new BrokerError(
      "INVALID_OPTION",
      `windows: expected "adaptive", "sep" or { advisoryMs, mandatoryMs } with 0 < mandatoryMs <= advisoryMs <= ${LONGEST_SESSION_MS}`,
    );
  }
  return (lifetimeMs) => ({
    advisoryMs: Math.min(advisoryMs, lifetimeMs / 2),
    mandatoryMs: Math.min(mandatoryMs, lifetimeMs / 2),
  });
}

function isWindow(ms: number | undefined): ms is number {
  return typeof ms === "number" && ms > 0 && ms <= LONGEST_SESSION_MS;
}
