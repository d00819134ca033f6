import { afterRejection, type CredentialRejection } from "@countersign/signer";
import { LRUCache } from "lru-cache";
import type { BrokerCredentials } from "../model/credentials.ts";
import { elapsedMs } from "../model/effective-time.ts";
import { refreshReason, type CacheRequest } from "./refresh-reason.ts";
import { type CachedCredentials, createEntry, type Entry, isRejected, remainingMs, stateOf } from "./entry.ts";
import type { SessionCachePorts } from "./cache-ports.ts";
import { createRenewals } from "./renewals.ts";
import { createFallback } from "./fallback.ts";
import type { Session } from "../model/session.ts";
import { snapshotOf } from "./snapshot-of.ts";
import type { BrokerSnapshot } from "../model/snapshot.ts";

/** Caches sessions. Decides for each call whether to serve the cached credentials, to renew them, or to wait. */
export interface SessionCache {
  get(session: Session, request?: CacheRequest): Promise<BrokerCredentials>;
  peek(session: Session): BrokerCredentials | undefined;
  invalidate(session: Session, rejection: CredentialRejection): boolean;
  /** Drops the credentials that a known revocation voids. */
  dropRevoked(): void;
  /** Renews sessions in use that need it, and drops expired idle ones. Called every 30 seconds. */
  tick(): void;
  snapshot(): BrokerSnapshot;
  close(): Promise<void>;
}

const IDLE_MS = 15 * 60_000;
const ROUNDS = 3;

export function createSessionCache(ports: SessionCachePorts): SessionCache {
  const { clock, policy, revocations } = ports;
  const fallback = createFallback(ports);
  // Bounded storage only: with the cache's own `fetch`, one caller's abort or an eviction fails all callers (lru-cache#389).
  const entries = new LRUCache<string, Entry>({ max: ports.maxEntries });
  const renewals = createRenewals(ports, (entry) => void entries.set(entry.session.key, entry));

  function entryOf(key: string): Entry | undefined {
    return entries.get(key) ?? renewals.entry(key);
  }

  function isLive({ cached }: Entry): boolean {
    return cached !== undefined && remainingMs(cached, clock) > 0;
  }

  function isGood({ subjects }: Session, cached: CachedCredentials): boolean {
    return remainingMs(cached, clock) > 0 && !revocations.isVoid(subjects, cached);
  }

  /** Starts a background renewal, if one may start now. */
  function kick(entry: Entry): void {
    const { key, interactive, share } = entry.session;
    if (interactive || renewals.closed || renewals.get(key) !== undefined) return;
    if (clock.monotonic() < entry.refresh.nextAttemptAt || !ports.hasRoom(share)) return;
    renewals.start(entry, "advisory", true);
  }

  async function get(session: Session, given?: CacheRequest): Promise<BrokerCredentials> {
    // Own properties only: a polluted `Object.prototype` must not force renewals.
    const request = Object.assign(Object.create(null), given) as CacheRequest;
    request.signal?.throwIfAborted();
    renewals.assertOpen();
    let error: unknown;
    for (let round = 0; ; round++) {
      const entry = entryOf(session.key) ?? createEntry(session);
      entry.lastUsedAt = clock.monotonic();
      const reason = refreshReason(entry, request, renewals.get(session.key) !== undefined, clock);
      if (reason === undefined) return (entry.cached as CachedCredentials).credentials;

      let renewal = renewals.get(session.key);
      const joined = renewal !== undefined;
      if (renewal === undefined) {
        const paused = reason !== "forced" && entry.lastUsedAt < fallback.pausedUntil(entry);
        const unattended = request.background === true && session.interactive;
        if (paused || unattended || round === ROUNDS || (reason === "advisory" && !ports.hasRoom(session.share))) {
          // Where STS failed for this process it may have answered another one.
          if (paused && !isLive(entry) && round < ROUNDS) renewal = renewals.search(entry);
          const served = renewal === undefined ? fallback.cached(entry) : undefined;
          if (served !== undefined) return served;
          if (renewal === undefined) throw fallback.unavailable(entry, error);
        } else {
          const background = request.background === true || (reason === "advisory" && policy.ahead === "none");
          renewal = renewals.start(entry, reason, background);
        }
      }
      if (reason === "advisory" && (joined || policy.ahead === "none"))
        return (entry.cached as CachedCredentials).credentials;

      const renewed = await renewals.outcome(renewal, entry, reason, request.signal).catch((failed: unknown) => {
        error = failed;
        return undefined;
      });
      renewals.assertOpen();
      const kept = entries.get(session.key);
      // The fetched session may have been revoked since. If it was evicted instead, this caller still gets it.
      const current = kept === undefined ? renewed : kept.cached;
      if (renewed !== undefined && current !== undefined && isGood(session, current)) return current.credentials;
      const after = kept ?? entry;
      const served = fallback.cached(after);
      const left = request.signal?.aborted === true && request.signal.reason === error;
      if (left && (served === undefined || !isTimeout(error))) throw error;
      if (served !== undefined) return served;
      if (error !== undefined) throw fallback.unavailable(after, error);
    }
  }

  return {
    get(session, request) {
      const entry = entries.get(session.key);
      const cached = entry?.cached;
      if (entry !== undefined && cached !== undefined && plain(request)) {
        const time = clock.monotonic();
        const elapsed = elapsedMs(clock, cached.anchor, time);
        if (elapsed < cached.advisoryAfter && !isRejected(entry)) {
          entry.lastUsedAt = time;
          return cached.settled;
        }
      }
      return get(session, request);
    },

    peek(session) {
      const entry = entries.get(session.key);
      const cached = entry?.cached;
      if (entry === undefined || cached === undefined) return undefined;
      const time = clock.monotonic();
      const elapsed = elapsedMs(clock, cached.anchor, time);
      if (elapsed >= cached.lifetimeMs) return undefined;
      entry.lastUsedAt = time;
      if (elapsed >= cached.advisoryAfter || isRejected(entry)) kick(entry);
      return cached.credentials;
    },

    invalidate(session, { accessKeyId, reason }) {
      const entry = entryOf(session.key);
      const cached = entry?.cached;
      if (entry === undefined || cached === undefined || cached.credentials.accessKeyId !== accessKeyId) return false;
      if (reason === "revoked") entry.cached = undefined;
      else if (isRejected(entry)) return false;
      const pauseMs = policy.backoffMs(remainingMs(cached, clock));
      entry.refresh = afterRejection(entry.refresh, accessKeyId, clock.monotonic(), pauseMs);
      return true;
    },

    dropRevoked() {
      for (const entry of [...entries.values(), ...renewals.entries()]) {
        if (entry.cached !== undefined && revocations.isVoid(entry.session.subjects, entry.cached))
          entry.cached = undefined;
      }
    },

    tick() {
      const time = clock.monotonic();
      for (const [key, entry] of entries.entries()) {
        const state = stateOf(entry, clock);
        const idle = time - entry.lastUsedAt > Math.max(IDLE_MS, (entry.cached?.lifetimeMs ?? 0) / 4);
        if (!idle && (state === "ahead" || state === "must")) kick(entry);
        // Drop unused secrets.
        if (idle && (state === "expired" || state === "empty")) entries.delete(key);
      }
    },

    snapshot: () => snapshotOf(entries.values(), clock),

    async close() {
      await renewals.close();
      entries.clear();
    },
  };
}

function plain(request: CacheRequest | undefined): boolean {
  return (
    request === undefined ||
    (request.minTtlMs === undefined && request.forceRefresh !== true && request.signal === undefined)
  );
}

function isTimeout(error: unknown): boolean {
  return (error as { readonly name?: unknown } | undefined)?.name === "TimeoutError";
}
