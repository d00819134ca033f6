import type { Clock } from "@countersign/signer";
import { elapsedMs } from "../model/effective-time.ts";
import { type Entry, stateOf } from "./entry.ts";
import type { BrokerSnapshot, RoleSnapshot } from "../model/snapshot.ts";

const STATES = { empty: "expired", expired: "expired", fresh: "fresh", ahead: "advisory", must: "advisory" } as const;

/** Describes the cached sessions, without secrets and ARNs. */
export function snapshotOf(entries: Iterable<Entry>, clock: Clock): BrokerSnapshot {
  const roles = [...entries].map((entry) => roleSnapshot(entry, clock));
  return { degraded: roles.some(({ lastError }) => lastError !== undefined), roles };
}

function roleSnapshot(entry: Entry, clock: Clock): RoleSnapshot {
  const { cached, failure, session } = entry;
  const elapsed = cached === undefined ? 0 : elapsedMs(clock, cached.anchor);
  const state = STATES[stateOf(entry, clock)];
  const pauseMs = Math.max(0, entry.refresh.nextAttemptAt - clock.monotonic());
  const advisoryMs = cached === undefined ? 0 : Math.max(0, cached.advisoryAfter - elapsed);
  return {
    key: session.label,
    state: failure !== undefined && state !== "expired" ? "degraded" : state,
    nextRefresh: new Date(clock.now() + Math.max(pauseMs, advisoryMs)),
    ...(cached !== undefined && { expiresAt: cached.credentials.expiration }),
    ...(failure !== undefined && { lastError: { code: failure.error.code, at: new Date(failure.at) } }),
    ...(session.clamped !== undefined && { clamped: session.clamped }),
  };
}
