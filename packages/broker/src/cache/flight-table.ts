import { BrokerError } from "../errors/error.ts";
import { createRunStorage } from "../model/run-storage.ts";

/** A fetch under way. All calls for its key wait for the same one. */
export interface Flight<T> {
  readonly key: string;
  readonly label: string;
  readonly promise: Promise<T>;
}

interface Running extends Flight<unknown> {
  /** The flights that this one waits for. */
  readonly waitsFor: Set<Running>;
}

/**
 * At most one fetch for each key. The table is separate from the cache, so eviction never ends a fetch. No caller owns a
 * fetch, so a caller that aborts ends only its own wait (kiam#220, lru-cache#389).
 */
export interface FlightTable<T> {
  get(key: string): Flight<T> | undefined;
  /** Starts a fetch. The key must not have one. */
  start(key: string, label: string, work: () => Promise<T>): Flight<T>;
  /**
   * Waits for a flight on behalf of the flight that runs here, if any.
   *
   * @throws BrokerError `CYCLE` when that flight waits, directly or through others, for this one.
   */
  join<R>(flight: Flight<T>, wait: () => Promise<R>): Promise<R>;
  all(): Iterable<Flight<T>>;
}

export function createFlightTable<T>(): FlightTable<T> {
  const flights = new Map<string, Running & Flight<T>>();
  const current = createRunStorage<Running>();

  return {
    get: (key) => flights.get(key),
    all: () => flights.values(),
    start(key, label, work) {
      let take: (value: Promise<T>) => void = () => undefined;
      const promise = new Promise<T>((resolve) => {
        take = resolve;
      });
      const flight = { key, label, promise, waitsFor: new Set<Running>() };
      flights.set(key, flight);
      const landed = (): void => {
        flights.delete(key);
      };
      // The flight leaves the table before its promise settles: no later call joins a flight that has failed.
      take(
        current.run(flight, async () => {
          try {
            return await work();
          } finally {
            landed();
          }
        }),
      );
      // A background flight has no caller to handle its rejection.
      promise.catch(() => undefined);
      return flight;
    },
    join(flight, wait) {
      const waiting = current.getStore();
      return waiting === undefined ? wait() : waitOnBehalf(waiting, flight as Running & Flight<T>, wait);
    },
  };
}

async function waitOnBehalf<R>(waiting: Running, target: Running, wait: () => Promise<R>): Promise<R> {
  if (reaches(target, waiting)) {
    throw new BrokerError(
      "CYCLE",
      `the credentials of ${target.label} depend on themselves: its source, token or code function calls get() on a role that waits for this one; use another source`,
    );
  }
  waiting.waitsFor.add(target);
  try {
    return await wait();
  } finally {
    waiting.waitsFor.delete(target);
  }
}

function reaches(from: Running, to: Running, seen: Set<Running> = new Set()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return [...from.waitsFor].some((next) => reaches(next, to, seen));
}
