import { AsyncLocalStorage } from "node:async_hooks";
import { BrokerError } from "../errors/error.ts";

/** A fetch under way, shared by all who wait for it. */
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
 * At most one fetch for each key. A table of its own, apart from the cache, so that eviction never ends a fetch; and a
 * fetch belongs to nobody, so that whoever leaves ends only his own wait (kiam#220, lru-cache#389).
 */
export interface FlightTable<T> {
  get(key: string): Flight<T> | undefined;
  /** Starts a fetch for a key that has none. */
  start(key: string, label: string, work: () => Promise<T>): Flight<T>;
  /**
   * Waits for a flight on behalf of the flight that runs here, if any.
   *
   * @throws BrokerError `CYCLE` when that flight waits, directly or through others, for this one.
   */
  join<R>(flight: Flight<T>, wait: () => Promise<R>): Promise<R>;
  readonly size: number;
  all(): Iterable<Flight<T>>;
}

export function createFlightTable<T>(): FlightTable<T> {
  const flights = new Map<string, Running & Flight<T>>();
  const current = new AsyncLocalStorage<Running | undefined>();

  return {
    get: (key) => flights.get(key),
    get size() {
      return flights.size;
    },
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
      // Out of the table before anybody hears of its end: no later call is ever handed an old failure.
      take(
        current.run(flight, async () => {
          try {
            return await work();
          } finally {
            landed();
          }
        }),
      );
      // Callers that did not wait never look at the outcome.
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
      `the credentials of ${target.label} depend on themselves: its source, token or code function asks the broker for a role that waits for it`,
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
