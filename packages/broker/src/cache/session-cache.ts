import type { CredentialRejection } from "@countersign/signer";
import { waitFor } from "@countersign/signer";
import { LRUCache } from "lru-cache";
import type { BrokerCredentials } from "../model/credentials.ts";
import { elapsedMs } from "../model/effective-time.ts";
import { due, type KeeperRequest } from "./refresh-reason.ts";
import { classify, createEntry, type Entry, type EntryState, type Held, remainingMs } from "./entry.ts";
import { BrokerError } from "../errors/error.ts";
import { createFlightTable, type Flight } from "./flight-table.ts";
import type { KeeperPorts } from "./cache-ports.ts";
import { heldFrom, refreshEntry } from "./refresh.ts";
import type { Reason } from "../model/reason.ts";
import { createServing } from "./fallback.ts";
import type { Session } from "../model/session.ts";
import { snapshotOf } from "./snapshot-of.ts";
import type { BrokerSnapshot } from "../model/snapshot.ts";

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

/** A key that is turned down again this soon is not the fault of the key. */
const REJECTED_AGAIN_MS = 60_000;
/** A renewal that takes longer leaves this much for the request that is signed with what is held. */
const RESERVE_MS = 2000;
const IDLE_MS = 15 * 60_000;
const ROUNDS = 3;

export function createKeeper(ports: KeeperPorts): Keeper {
  const { clock, policy, revocations } = ports;
  const serving = createServing(ports);
  // Bounded storage and nothing else: its `fetch` lets one caller's abort, or eviction, fail everybody (lru-cache#389).
  const entries = new LRUCache<string, Entry>({ max: ports.maxEntries });
  // What is being renewed stays known when it is evicted: a revocation has to reach it before it comes back.
  const renewing = new Map<string, Entry>();
  const flights = createFlightTable<Held | undefined>();
  const closing = new AbortController();

  function stateOf(entry: Entry): EntryState {
    return entry.held === undefined ? "empty" : classify(entry, elapsedMs(clock, entry.held.anchor));
  }

  function entryOf(key: string): Entry | undefined {
    return entries.get(key) ?? renewing.get(key);
  }

  function assertOpen(): void {
    if (closing.signal.aborted) throw new BrokerError("CLOSED", "the broker is closed: make a new one");
  }

  function start(entry: Entry, reason: Reason, background: boolean): Flight<Held | undefined> {
    const { key, label } = entry.session;
    renewing.set(key, entry);
    return flights.start(key, label, async () => {
      try {
        const fetched = await refreshEntry(entry, reason, background, ports, closing.signal);
        assertOpen();
        if (fetched === undefined) return undefined;
        entry.held = heldFrom(fetched, policy);
        return entry.held;
      } finally {
        renewing.delete(key);
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

  async function get(session: Session, request: KeeperRequest = {}): Promise<BrokerCredentials> {
    request.signal?.throwIfAborted();
    assertOpen();
    let error: unknown;
    for (let round = 0; ; round++) {
      const entry = entryOf(session.key) ?? createEntry(session);
      entry.lastUsedAt = clock.monotonic();
      const reason = due(entry, stateOf(entry), request, flights.get(session.key) !== undefined, clock);
      if (reason === undefined) return (entry.held as Held).credentials;

      let flight = flights.get(session.key);
      const joined = flight !== undefined;
      if (flight === undefined) {
        const paused = reason !== "forced" && entry.lastUsedAt < serving.pausedUntil(entry);
        const unattended = request.background === true && session.interactive;
        if (paused || unattended || round === ROUNDS || (reason === "advisory" && !ports.hasRoom(session.tenant))) {
          const served = serving.held(entry);
          if (served !== undefined) return served;
          throw serving.unavailable(entry, error);
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
      const served = serving.held(after);
      const left = request.signal?.aborted === true && request.signal.reason === error;
      if (left && (served === undefined || !isTimeout(error))) throw error;
      if (served !== undefined) return served;
      if (error !== undefined) throw serving.unavailable(after, error);
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
      const entry = entryOf(session.key);
      const held = entry?.held;
      if (entry === undefined || held === undefined || held.credentials.accessKeyId !== accessKeyId) return false;
      if (reason === "revoked") entry.held = undefined;
      else if (entry.rejected === accessKeyId) return false;
      entry.rejected = accessKeyId;
      const time = clock.monotonic();
      // A service that turns down every new key must not make us call STS once for each request.
      if (time - entry.rejections[0] < REJECTED_AGAIN_MS) {
        entry.nextAttemptAt = Math.max(entry.nextAttemptAt, time + policy.backoffMs(remainingMs(held, clock)));
      }
      entry.rejections = [entry.rejections[1], time];
      return true;
    },

    dropRevoked() {
      for (const entry of [...entries.values(), ...renewing.values()]) {
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

function plain(request: KeeperRequest | undefined): boolean {
  return (
    request === undefined ||
    (request.minTtlMs === undefined && request.forceRefresh !== true && request.signal === undefined)
  );
}

function isTimeout(error: unknown): boolean {
  return (error as { readonly name?: unknown } | undefined)?.name === "TimeoutError";
}
