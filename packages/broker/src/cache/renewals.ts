import { waitFor } from "@countersign/signer";
import { BrokerError } from "../errors/error.ts";
import type { Fetched } from "../model/fetched.ts";
import { onAbort } from "../model/on-abort.ts";
import type { Reason } from "../model/reason.ts";
import type { SessionCachePorts } from "./cache-ports.ts";
import { type CachedCredentials, type Entry, remainingMs } from "./entry.ts";
import { createFlightTable, type Flight } from "./flight-table.ts";
import { cachedFrom, refreshEntry, takeOver } from "./refresh.ts";

/** A renewal under way. It ends with the new credentials, or with `undefined` when another process is fetching them. */
export type Renewal = Flight<CachedCredentials | undefined>;

/** The renewals of cached sessions: at most one for each session. */
export interface Renewals {
  get(key: string): Renewal | undefined;
  /** The entry that is being renewed: it stays reachable after its eviction, so that a revocation reaches it. */
  entry(key: string): Entry | undefined;
  entries(): Iterable<Entry>;
  /** Fetches the session. */
  start(entry: Entry, reason: Reason, background: boolean): Renewal;
  /** Looks for a session that another process stored. `undefined` without a store, and within a second of the last look. */
  search(entry: Entry): Renewal | undefined;
  /**
   * Waits for a renewal; while cached credentials are valid, only until shortly before they expire, and for more validity
   * only for two seconds. The renewal goes on.
   */
  outcome(
    renewal: Renewal,
    entry: Entry,
    reason: Reason,
    signal: AbortSignal | undefined,
  ): Promise<CachedCredentials | undefined>;
  /** @throws BrokerError `CLOSED`. */
  assertOpen(): void;
  readonly closed: boolean;
  close(): Promise<void>;
}

/** A call stops waiting for a renewal this long before expiry, and is served the cached credentials. */
const RESERVE_MS = 2000;
/** A call that only asks for more validity (`minTtlMs`) waits this long for it. */
const WISH_MS = 2000;
const SEARCH_EVERY_MS = 1000;

/** @param keep puts an entry into the cache: its renewal has ended, also by a failure, whose pause must outlive the call. */
export function createRenewals(ports: SessionCachePorts, keep: (entry: Entry) => void): Renewals {
  const { clock, policy, revocations } = ports;
  const renewing = new Map<string, Entry>();
  const flights = createFlightTable<CachedCredentials | undefined>();
  // One signal for each fetch: listeners on a single signal cost more with each fetch under way.
  const fetching = new Set<AbortController>();
  let closed = false;

  function assertOpen(): void {
    if (closed) throw new BrokerError("CLOSED", "the broker is closed: make a new one");
  }

  function begin(entry: Entry, fetch: (signal: AbortSignal) => Promise<Fetched | undefined>): Renewal {
    const { key, label } = entry.session;
    renewing.set(key, entry);
    return flights.start(key, label, async () => {
      const ending = new AbortController();
      fetching.add(ending);
      try {
        const fetched = await fetch(ending.signal);
        assertOpen();
        // A revocation may have been learned since the check there.
        if (fetched === undefined || revocations.isVoid(entry.session.subjects, fetched)) return undefined;
        entry.cached = cachedFrom(fetched, policy);
        return entry.cached;
      } finally {
        fetching.delete(ending);
        renewing.delete(key);
        if (!closed) keep(entry);
      }
    });
  }

  return {
    get: (key) => flights.get(key),
    entry: (key) => renewing.get(key),
    entries: () => renewing.values(),
    start: (entry, reason, background) =>
      begin(entry, (signal) => refreshEntry(entry, reason, background, ports, signal)),

    search(entry) {
      const time = clock.monotonic();
      if (ports.search === undefined || time < entry.nextSearchAt) return undefined;
      entry.nextSearchAt = time + SEARCH_EVERY_MS;
      return begin(entry, () => takeOver(entry, ports));
    },

    outcome(renewal, entry, reason, signal) {
      const remaining = entry.cached === undefined ? 0 : remainingMs(entry.cached, clock);
      const mostMs = reason === "min-ttl" ? WISH_MS : Infinity;
      const limitMs = remaining > 0 ? Math.min(mostMs, Math.max(0, remaining - RESERVE_MS)) : Infinity;
      return flights.join(renewal, async () => {
        if (signal === undefined) {
          return limitMs === Infinity ? renewal.promise : waitFor(renewal.promise, limitMs, clock);
        }
        const leaving = new AbortController();
        const forget = onAbort(signal, () => leaving.abort(signal.reason));
        try {
          return await waitFor(renewal.promise, limitMs, clock, leaving.signal);
        } finally {
          forget();
        }
      });
    },

    assertOpen,
    get closed() {
      return closed;
    },

    async close() {
      closed = true;
      for (const ending of fetching) ending.abort(new BrokerError("CLOSED", "the broker was closed"));
      await Promise.allSettled([...flights.all()].map(({ promise }) => promise));
    },
  };
}
