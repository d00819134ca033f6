import type { CredentialRejection, CredentialRequest } from "@countersign/signer";
import { waitFor } from "@countersign/signer";
import { LRUCache } from "lru-cache";
import type { BrokerCredentials } from "./credentials.ts";
import { elapsedMs } from "./effective-time.ts";
import { classify, createEntry, type Entry, type EntryState, type Held, remainingMs } from "./entry.ts";
import { BrokerError } from "./error.ts";
import { createFlightTable, type Flight } from "./flight-table.ts";
import type { KeeperPorts } from "./keeper-ports.ts";
import { heldFrom, refreshEntry } from "./refresh.ts";
import type { Reason } from "./reason.ts";
import type { Session } from "./session.ts";
import { snapshotOf } from "./snapshot-of.ts";
import type { BrokerSnapshot } from "./snapshot.ts";

/** What a caller of the keeper may ask for besides a `CredentialRequest`. */
export interface KeeperRequest extends CredentialRequest {
  /** Fetch at the lowest priority what is not held. */
  readonly warm?: boolean;
  /** Nobody is there to answer a prompt. */
  readonly background?: boolean;
}

/** Keeps sessions: decides for each call whether to serve what is held, to renew it, or to wait. */
export interface Keeper {
  get(session: Session, request?: KeeperRequest): Promise<BrokerCredentials>;
  peek(session: Session): BrokerCredentials | undefined;
  invalidate(session: Session, rejection: CredentialRejection): boolean;
  /** Drops what the revocations known by now make void. */
  dropRevoked(): void;
  /** Renews what is in use and due, forgets what is idle and expired. Called every 30 seconds. */
  tick(): void;
  snapshot(): BrokerSnapshot;
  close(): Promise<void>;
}

const FORCED_EVERY_MS = 5000;
const WISHED_EVERY_MS = 60_000;
/** A renewal that takes longer leaves this much for the request that is signed with what is held. */
const RESERVE_MS = 2000;
const IDLE_MS = 15 * 60_000;
const ROUNDS = 3;

export function createKeeper(ports: KeeperPorts): Keeper {
  const { clock, policy, graceMs, revocations } = ports;
  // Bounded storage and nothing else: its `fetch` lets one caller's abort, or eviction, fail everybody (lru-cache#389).
  const entries = new LRUCache<string, Entry>({ max: ports.maxEntries });
  const flights = createFlightTable<Held | undefined>();
  const closing = new AbortController();

  function stateOf(entry: Entry): EntryState {
    return entry.held === undefined ? "empty" : classify(entry, elapsedMs(clock, entry.held.anchor));
  }

  function assertOpen(): void {
    if (closing.signal.aborted) throw new BrokerError("CLOSED", "the broker is closed: make a new one");
  }

  function start(entry: Entry, reason: Reason, background: boolean): Flight<Held | undefined> {
    const { key, label } = entry.session;
    return flights.start(key, label, async () => {
      try {
        const fetched = await refreshEntry(entry, reason, background, ports, closing.signal);
        assertOpen();
        if (fetched === undefined) return undefined;
        entry.held = heldFrom(fetched, policy);
        return entry.held;
      } finally {
        // Also when it failed: the pause after a failure has to outlive the call. A closed broker keeps nothing.
        if (!closing.signal.aborted) entries.set(key, entry);
      }
    });
  }

  function isGood({ subjects }: Session, held: Held): boolean {
    return remainingMs(held, clock) > 0 && !revocations.isVoid(subjects, held);
  }

  /** Starts a renewal that nobody waits for, if one may start now. */
  function kick(entry: Entry): void {
    const { key, interactive, tenant } = entry.session;
    if (interactive || closing.signal.aborted || flights.get(key) !== undefined) return;
    if (clock.monotonic() < entry.nextAttemptAt || !ports.hasRoom(tenant)) return;
    start(entry, "advisory", true);
  }

  /** Why a fetch is due for this call; `undefined` when what is held will do. */
  function due(entry: Entry, state: EntryState, request: KeeperRequest): Reason | undefined {
    if (state === "empty") return request.warm === true ? "warm" : "initial";
    if (state === "expired") return "expired";
    const time = clock.monotonic();
    if (request.forceRefresh === true) {
      if (flights.get(entry.session.key) !== undefined) return "forced";
      if (time >= entry.nextForcedAt) {
        entry.nextForcedAt = time + FORCED_EVERY_MS;
        return "forced";
      }
    }
    if (state === "must") return entry.rejected === entry.held?.credentials.accessKeyId ? "rejected" : "mandatory";
    if (entry.session.interactive) return undefined;
    const { minTtlMs = 0 } = request;
    if (minTtlMs > 0 && entry.held !== undefined && time >= Math.max(entry.nextWishAt, entry.nextAttemptAt)) {
      const { held } = entry;
      if (remainingMs(held, clock) < Math.min(minTtlMs, 0.9 * held.expiresAfter)) {
        entry.nextWishAt = time + WISHED_EVERY_MS;
        return "min-ttl";
      }
    }
    return state === "ahead" ? "advisory" : undefined;
  }

  /** What there is to give when no fetch is made or the fetch brought nothing. */
  function serve(entry: Entry): BrokerCredentials | undefined {
    const { held, failure } = entry;
    if (held === undefined) return undefined;
    const remaining = remainingMs(held, clock);
    if (remaining > 0) {
      if (failure?.refusal === true && policy.refusal === "throw") throw again(failure.error, retryAfter(entry));
      return held.credentials;
    }
    return -remaining < graceMs && entry.rejected !== held.credentials.accessKeyId ? held.credentials : undefined;
  }

  /** The pause after a failure is as long as what is held makes bearable. */
  function pausedUntil(entry: Entry): number {
    const servable = entry.held !== undefined && remainingMs(entry.held, clock) > -graceMs;
    return servable ? entry.nextAttemptAt : entry.nextColdAttemptAt;
  }

  function retryAfter(entry: Entry): number {
    return Math.max(0, pausedUntil(entry) - clock.monotonic());
  }

  function unavailable(entry: Entry, error: unknown): Error {
    const cause = error ?? entry.failure?.error ?? nobodyAsked(entry.session);
    if (entry.held === undefined) {
      return cause instanceof BrokerError
        ? again(cause, cause.retryAfterMs === undefined ? undefined : retryAfter(entry))
        : (cause as Error);
    }
    const at = entry.held.credentials.expiration.toISOString();
    return new BrokerError(
      "CREDENTIALS_EXPIRED",
      `the credentials of ${entry.session.label} expired at ${at} and could not be renewed: ${(cause as Error | undefined)?.message}`,
      { cause, retryAfterMs: retryAfter(entry) },
    );
  }

  async function get(session: Session, request: KeeperRequest = {}): Promise<BrokerCredentials> {
    request.signal?.throwIfAborted();
    assertOpen();
    let error: unknown;
    for (let round = 0; ; round++) {
      const entry = entries.get(session.key) ?? createEntry(session);
      entry.lastUsedAt = clock.monotonic();
      const reason = due(entry, stateOf(entry), request);
      if (reason === undefined) return (entry.held as Held).credentials;

      let flight = flights.get(session.key);
      const joined = flight !== undefined;
      if (flight === undefined) {
        const paused = reason !== "forced" && entry.lastUsedAt < pausedUntil(entry);
        const unattended = request.background === true && session.interactive;
        if (paused || unattended || round === ROUNDS || (reason === "advisory" && !ports.hasRoom(session.tenant))) {
          const served = serve(entry);
          if (served !== undefined) return served;
          throw unavailable(entry, error);
        }
        const background = request.background === true || (reason === "advisory" && policy.ahead === "nobody");
        flight = start(entry, reason, background);
      }
      if (reason === "advisory" && (joined || policy.ahead === "nobody")) return (entry.held as Held).credentials;

      const renewed = await outcome(flight, entry, request.signal).catch((failed: unknown) => {
        error = failed;
        return undefined;
      });
      assertOpen();
      const kept = entries.get(session.key);
      // What was fetched may have been revoked since, or evicted: then it is still this caller's.
      const current = kept === undefined ? renewed : kept.held;
      if (renewed !== undefined && current !== undefined && isGood(session, current)) return current.credentials;
      const after = kept ?? entry;
      const served = serve(after);
      const left = request.signal?.aborted === true && request.signal.reason === error;
      if (left && (served === undefined || !isTimeout(error))) throw error;
      if (served !== undefined) return served;
      if (error !== undefined) throw unavailable(after, error);
    }
  }

  /** Waits for a flight as long as what is held allows. */
  function outcome(
    flight: Flight<Held | undefined>,
    entry: Entry,
    signal: AbortSignal | undefined,
  ): Promise<Held | undefined> {
    const remaining = entry.held === undefined ? 0 : remainingMs(entry.held, clock);
    const limitMs = remaining > 0 ? Math.max(0, remaining - RESERVE_MS) : Infinity;
    const bounded = limitMs < Infinity || signal !== undefined;
    return flights.join(flight, () => (bounded ? waitFor(flight.promise, limitMs, clock, signal) : flight.promise));
  }

  return {
    get(session, request) {
      const entry = entries.get(session.key);
      const held = entry?.held;
      if (entry !== undefined && held !== undefined && plain(request)) {
        const time = clock.monotonic();
        const elapsed = elapsedMs(clock, held.anchor, time);
        if (elapsed < held.advisoryAfter && entry.rejected !== held.credentials.accessKeyId) {
          entry.lastUsedAt = time;
          return held.settled;
        }
      }
      return get(session, request);
    },

    peek(session) {
      const entry = entries.get(session.key);
      const held = entry?.held;
      if (entry === undefined || held === undefined) return undefined;
      const time = clock.monotonic();
      const elapsed = elapsedMs(clock, held.anchor, time);
      if (elapsed >= held.expiresAfter) return undefined;
      entry.lastUsedAt = time;
      if (elapsed >= held.advisoryAfter || entry.rejected === held.credentials.accessKeyId) kick(entry);
      return held.credentials;
    },

    invalidate(session, { accessKeyId, reason }) {
      const entry = entries.get(session.key);
      const held = entry?.held;
      if (entry === undefined || held === undefined || held.credentials.accessKeyId !== accessKeyId) return false;
      if (reason === "revoked") entry.held = undefined;
      else if (entry.rejected === accessKeyId) return false;
      entry.rejected = accessKeyId;
      const time = clock.monotonic();
      // A service that turns down every new key must not make us call STS once for each request.
      if (time - entry.rejections[0] < WISHED_EVERY_MS) {
        entry.nextAttemptAt = Math.max(entry.nextAttemptAt, time + policy.backoffMs(remainingMs(held, clock)));
      }
      entry.rejections = [entry.rejections[1], time];
      return true;
    },

    dropRevoked() {
      for (const entry of entries.values()) {
        if (entry.held !== undefined && revocations.isVoid(entry.session.subjects, entry.held)) entry.held = undefined;
      }
    },

    tick() {
      const time = clock.monotonic();
      for (const [key, entry] of entries.entries()) {
        const state = stateOf(entry);
        const idle = time - entry.lastUsedAt > Math.max(IDLE_MS, (entry.held?.expiresAfter ?? 0) / 4);
        if (!idle && (state === "ahead" || state === "must")) kick(entry);
        // Secrets do not outlive their use.
        if (idle && (state === "expired" || state === "empty")) entries.delete(key);
      }
    },

    snapshot: () => snapshotOf(entries.values(), clock),

    async close() {
      closing.abort(new BrokerError("CLOSED", "the broker was closed"));
      await Promise.allSettled([...flights.all()].map(({ promise }) => promise));
      entries.clear();
    },
  };
}

function nobodyAsked({ label, interactive }: Session): BrokerError {
  return interactive
    ? new BrokerError("MFA_FAILED", `${label} needs a one-time code, and nobody is asked in the background`)
    : new BrokerError("STS_UNAVAILABLE", `another process is fetching ${label}`);
}

function plain(request: KeeperRequest | undefined): boolean {
  return (
    request === undefined ||
    (request.minTtlMs === undefined && request.forceRefresh !== true && request.signal === undefined)
  );
}

function isTimeout(error: unknown): boolean {
  return (error as { readonly name?: unknown } | undefined)?.name === "TimeoutError";
}

/** The same failure once more: an error of its own for each caller, with the reason still on its `cause` chain. */
function again(error: BrokerError, retryAfterMs: number | undefined): BrokerError {
  return new BrokerError(error.code, error.message, { cause: error.cause ?? error, retryAfterMs });
}
