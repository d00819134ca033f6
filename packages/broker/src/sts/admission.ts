import type { Clock } from "@countersign/signer";
import { BrokerError } from "../errors/error.ts";
import { type Reason, REASONS } from "../model/reason.ts";
import { createTokenBucket } from "./token-bucket.ts";

/** How much of STS one broker may use. Its quota is shared by everything in the account and Region. */
export interface Limits {
  /** Sessions kept at once. Default 2,000. */
  readonly maxEntries?: number | undefined;
  /** Requests to STS under way at once. Default 32. */
  readonly maxInFlight?: number | undefined;
  /** Fetches that wait for their turn. Default 1,000. */
  readonly maxQueue?: number | undefined;
  /** Requests to STS per second, on average. Default 20. */
  readonly stsPerSecond?: number | undefined;
  /** Requests to STS at once before `stsPerSecond` counts. Default 40. */
  readonly burst?: number | undefined;
  /** The part of `maxQueue`, and while others wait of `maxInFlight`, that one named tenant may take. Default 0.25. */
  readonly tenantShare?: number | undefined;
}

/** Every limit, decided. */
export type ResolvedLimits = { readonly [Name in keyof Limits]-?: number };

export const DEFAULT_LIMITS: ResolvedLimits = {
  maxEntries: 2000,
  maxInFlight: 32,
  maxQueue: 1000,
  stsPerSecond: 20,
  burst: 40,
  tenantShare: 0.25,
};

/** Who asks for a turn at STS, and why. */
export interface AdmissionRequest {
  readonly tenant: string | undefined;
  readonly reason: Reason;
  readonly signal: AbortSignal;
}

/** Lets fetches through to STS: the most urgent first, tenants in turn, no faster than the limits. */
export interface Admission {
  /**
   * Waits for a turn; the function it gives ends the turn.
   *
   * @throws BrokerError `OVERLOADED` when the queue, or the tenant's share of it, is full; the signal's reason.
   */
  enter(request: AdmissionRequest): Promise<() => void>;
  /** Whether a fetch of this tenant would get its turn at once. */
  hasRoom(tenant: string | undefined): boolean;
  throttled(): void;
  succeeded(): void;
}

interface Waiter {
  readonly tenant: string;
  readonly admit: () => void;
}

/** Everybody without a name: one line of its own, without a cap. */
const NOBODY = "";

export function createAdmission(limits: ResolvedLimits, clock: Clock): Admission {
  const bucket = createTokenBucket(limits.stsPerSecond, limits.burst, clock);
  // By urgency, then by tenant in the order in which tenants take turns.
  const lines = REASONS.map(() => new Map<string, Waiter[]>());
  const queuedBy = new Map<string, number>();
  const runningBy = new Map<string, number>();
  let queued = 0;
  let inFlight = 0;
  let wake: Promise<void> | undefined;

  const count = (counts: Map<string, number>, tenant: string, by: number): void => {
    const next = (counts.get(tenant) ?? 0) + by;
    if (next === 0) counts.delete(tenant);
    else counts.set(tenant, next);
  };
  const isCapped = (tenant: string): boolean =>
    tenant !== NOBODY && (runningBy.get(tenant) ?? 0) >= Math.ceil(limits.tenantShare * limits.maxInFlight);

  /** The next in line. A tenant at its cap lets others pass, and goes on when there are none. */
  function next(): Waiter | undefined {
    return take((tenant) => !isCapped(tenant)) ?? take(() => true);
  }

  function take(allowed: (tenant: string) => boolean): Waiter | undefined {
    for (const line of lines) {
      const tenant = [...line.keys()].find(allowed);
      if (tenant === undefined) continue;
      const waiters = line.get(tenant) as Waiter[];
      const waiter = waiters.shift();
      // To the end of the line, behind the tenants that wait for their first turn.
      line.delete(tenant);
      if (waiters.length > 0) line.set(tenant, waiters);
      return waiter;
    }
    return undefined;
  }

  function leaveQueue(tenant: string): void {
    queued -= 1;
    count(queuedBy, tenant, -1);
  }

  async function wakeAfter(ms: number): Promise<void> {
    await clock.sleep(ms);
    wake = undefined;
    pump();
  }

  function pump(): void {
    while (queued > 0 && inFlight < limits.maxInFlight) {
      const waitMs = bucket.waitMs();
      if (waitMs > 0) {
        wake ??= wakeAfter(waitMs);
        return;
      }
      const waiter = next();
      if (waiter === undefined) return;
      bucket.take();
      leaveQueue(waiter.tenant);
      waiter.admit();
    }
  }

  function begin(tenant: string): () => void {
    inFlight += 1;
    count(runningBy, tenant, 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      inFlight -= 1;
      count(runningBy, tenant, -1);
      pump();
    };
  }

  return {
    hasRoom: (tenant) =>
      queued === 0 && inFlight < limits.maxInFlight && bucket.waitMs() === 0 && !isCapped(tenant ?? NOBODY),
    throttled: () => bucket.halve(),
    succeeded: () => bucket.recover(),
    async enter({ tenant = NOBODY, reason, signal }) {
      signal.throwIfAborted();
      if (queued === 0 && inFlight < limits.maxInFlight && bucket.take()) return begin(tenant);
      const share = tenant === NOBODY ? limits.maxQueue : Math.ceil(limits.tenantShare * limits.maxQueue);
      if (queued >= limits.maxQueue || (queuedBy.get(tenant) ?? 0) >= share) {
        const retryAfterMs = Math.ceil((queued / limits.stsPerSecond) * 1000);
        const whose =
          queued >= limits.maxQueue ? `limits.maxQueue (${limits.maxQueue})` : `one tenant's share (${share})`;
        throw new BrokerError(
          "OVERLOADED",
          `${queued} fetches wait for STS, which is ${whose}: ask again in ${retryAfterMs} ms, or raise the limit`,
          { retryAfterMs },
        );
      }
      return new Promise<() => void>((resolve, reject) => {
        const line = lines[REASONS.indexOf(reason)] as Map<string, Waiter[]>;
        const waiters = line.get(tenant) ?? [];
        const leave = (): void => {
          const place = waiters.indexOf(waiter);
          if (place === -1) return;
          waiters.splice(place, 1);
          if (waiters.length === 0 && line.get(tenant) === waiters) line.delete(tenant);
          leaveQueue(tenant);
          reject(signal.reason);
        };
        const waiter: Waiter = {
          tenant,
          admit: () => {
            signal.removeEventListener("abort", leave);
            resolve(begin(tenant));
          },
        };
        waiters.push(waiter);
        line.set(tenant, waiters);
        queued += 1;
        count(queuedBy, tenant, 1);
        signal.addEventListener("abort", leave, { once: true });
        pump();
      });
    },
  };
}
