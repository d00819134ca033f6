import { MAX_SESSION_MS } from "../model/max-session.ts";
import { refreshBackoffMs, refreshJitterMs, type RefreshWindow, refreshWindow } from "@countersign/signer";
import { checkOptions, shape } from "@countersign/signer/options";
import { refuseOption } from "../errors/refuse.ts";

/**
 * When sessions are renewed. `adaptive`: in the background from 5, 15 or 60 minutes before expiry by lifetime (the
 * table is `refreshWindow` in the signer), spread by jitter. `sep`: the rules of AWS's own SDKs since 2026: the same
 * table without jitter, one caller waits, a pause of 5 to 10 minutes after a failure; `ACCESS_DENIED` and
 * `REQUEST_REJECTED` are thrown at once.
 * `{ advisoryMs, mandatoryMs }`: exact windows in milliseconds before expiry, each at most half of the lifetime.
 */
export type Windows = "adaptive" | "sep" | RefreshWindow;

/** The rules that the `windows` option selects. */
export interface RefreshPolicy {
  window(lifetimeMs: number): RefreshWindow;
  /** How much earlier than its advisory window a session is renewed. Chosen once for each set of credentials. */
  jitterMs(lifetimeMs: number, window: RefreshWindow): number;
  /** The pause after a failed renewal of credentials that are valid for another `remainingMs`. */
  backoffMs(remainingMs: number): number;
  /** Whether a call waits for an early renewal: none, or the one that starts it. */
  readonly ahead: "none" | "one";
  /** What a caller gets when STS refuses a renewal while valid credentials are cached. */
  readonly refusal: "serve" | "throw";
  /** What happens to a new session that ends before the cached one. */
  readonly shorter: "refuse" | "take";
}

const MINUTE_MS = 60_000;

/** Turns the `windows` option into a policy. */
export function refreshPolicy(windows: Windows, random: () => number): RefreshPolicy {
  if (windows === "sep") {
    return {
      window: refreshWindow,
      jitterMs: () => 0,
      backoffMs: () => (5 + 5 * random()) * MINUTE_MS,
      ahead: "one",
      refusal: "throw",
      shorter: "take",
    };
  }
  const adaptive = windows === "adaptive";
  return {
    window: adaptive ? refreshWindow : fixedWindow(windows),
    jitterMs: (lifetimeMs, window) => (adaptive ? refreshJitterMs(lifetimeMs, window, random) : 0),
    backoffMs: (remainingMs) => refreshBackoffMs(remainingMs, random),
    ahead: "none",
    refusal: "serve",
    shorter: "refuse",
  };
}

/**
 * Checks the `windows` option.
 *
 * @throws BrokerError `INVALID_OPTION`.
 */
export function checkWindows(windows: Windows): Windows {
  if (windows === "adaptive" || windows === "sep") return windows;
  if (typeof windows !== "object") {
    return refuseOption('windows: must be "adaptive", "sep" or { advisoryMs, mandatoryMs }', "windows");
  }
  const milliseconds = shape(
    `a number of milliseconds above 0 and up to ${MAX_SESSION_MS}`,
    (ms) => typeof ms === "number" && ms > 0 && ms <= MAX_SESSION_MS,
  );
  const shapes = { advisoryMs: milliseconds, mandatoryMs: milliseconds };
  const checked = checkOptions<RefreshWindow>(windows, shapes, refuseOption, "windows.");
  if (checked.mandatoryMs > checked.advisoryMs) {
    refuseOption("windows.mandatoryMs: must be at most windows.advisoryMs", "windows.mandatoryMs");
  }
  return checked;
}

// A window as long as the lifetime would renew on every call: a fixed window of 15 minutes with 900 s sessions caused
// the outage of aws/aws-sdk-net#4313.
function fixedWindow({ advisoryMs, mandatoryMs }: RefreshWindow): (lifetimeMs: number) => RefreshWindow {
  return (lifetimeMs) => ({
    advisoryMs: Math.min(advisoryMs, lifetimeMs / 2),
    mandatoryMs: Math.min(mandatoryMs, lifetimeMs / 2),
  });
}
