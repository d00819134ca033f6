import { SHARE } from "../receive/buffer-budget.ts";

/** The connections to each service, which the clients share. */
export interface ConnectionShares {
  /**
   * Waits until the owner may have one more connection to the origin. @returns what gives it back.
   *
   * @throws Error when the client leaves before that.
   */
  enter(origin: string, owner: object, signal: AbortSignal): Promise<() => void>;
}

interface Waiter {
  readonly owner: object;
  readonly enter: () => void;
}

/** The connections to one origin that are in use, and who waits for one. */
interface Origin {
  readonly held: Map<object, number>;
  readonly waiters: Set<Waiter>;
  used: number;
}

/**
 * Makes the shares. A transport gives its connections to the first who ask, so that one client whose requests never end would
 * leave the others without. A client's first connection needs a free one. Beside it the client has its share, as of the
 * memory for bodies: of 64 connections one client holds 48 at most.
 *
 * @param connections what the transport opens to one origin.
 */
export function createConnectionShares(connections: number): ConnectionShares {
  const origins = new Map<string, Origin>();
  const mayEnter = ({ held, used }: Origin, owner: object): boolean => {
    const own = held.get(owner) ?? 0;
    const left = connections - used - 1;
    return left >= 0 && (own === 0 || own + 1 <= SHARE * left);
  };

  function take(name: string, origin: Origin, owner: object): () => void {
    origin.used += 1;
    origin.held.set(owner, (origin.held.get(owner) ?? 0) + 1);
    return () => {
      const rest = (origin.held.get(owner) ?? 0) - 1;
      origin.used -= 1;
      if (rest > 0) origin.held.set(owner, rest);
      else origin.held.delete(owner);
      for (const waiter of origin.waiters) if (mayEnter(origin, waiter.owner)) waiter.enter();
      if (origin.used === 0 && origin.waiters.size === 0) origins.delete(name);
    };
  }

  return {
    async enter(name, owner, signal) {
      const origin = origins.get(name) ?? { held: new Map(), waiters: new Set(), used: 0 };
      origins.set(name, origin);
      if (mayEnter(origin, owner)) return take(name, origin, owner);
      return new Promise((resolve, reject) => {
        const stop = (): void => {
          origin.waiters.delete(waiter);
          signal.removeEventListener("abort", left);
        };
        const left = (): void => {
          stop();
          reject(new Error("the client is gone"));
        };
        const waiter: Waiter = {
          owner,
          enter() {
            stop();
            resolve(take(name, origin, owner));
          },
        };
        origin.waiters.add(waiter);
        signal.addEventListener("abort", left);
        if (signal.aborted) left();
      });
    },
  };
}
