import type { Clock } from "@countersign/signer";
import { BrokerError } from "../errors/error.ts";
import { type Reason, REASONS } from "../model/reason.ts";
import { Fifo } from "./fifo.ts";
import type { ResolvedLimits } from "./limits.ts";
import { createQueueSizes } from "./queue-sizes.ts";
import { createTokenBucket } from "./token-bucket.ts";

/** A fetch that needs a turn at STS. */
export interface AdmissionRequest {
  readonly tenant: string | undefined;
  readonly reason: Reason;
  readonly signal: AbortSignal;
}

/** Admits fetches to STS: the most urgent first, tenants in turn, no faster than the limits. */
export interface Admission {
  /**
   * Waits for a turn; the returned function ends the turn.
   *
   * @throws BrokerError `OVERLOADED` when the queue is full; the signal's reason.
   */
  enter(request: AdmissionRequest): Promise<() => void>;
  /** Whether a fetch of this tenant would get its turn at once. */
  hasRoom(tenant: string | undefined): boolean;
  throttled(): void;
  succeeded(): void;
}

interface Waiter {
  readonly admit: () => void;
  readonly refuse: (error: unknown) => void;
  /** It left the queue, and is skipped. */
  left: boolean;
}

/** The waiters of one tenant and one reason. */
interface Line {
  readonly tenant: string;
  readonly waiters: Fifo<Waiter>;
}

/** All work without a tenant: one line, without a cap. */
const NO_TENANT = "";

export function createAdmission(limits: ResolvedLimits, clock: Clock): Admission {
  const bucket = createTokenBucket(limits.stsPerSecond, limits.burst, clock);
  // By urgency, then by tenant in the order of their turns.
  const turns = REASONS.map(() => new Fifo<Line>());
  const lines = REASONS.map(() => new Map<string, Line>());
  const queuedBy = createQueueSizes();
  const runningBy = new Map<string, number>();
  let queued = 0;
  let inFlight = 0;
  let wake: Promise<void> | undefined;

  const count = (counts: Map<string, number>, tenant: string, by: number): void => {
    const next = (counts.get(tenant) ?? 0) + by;
    if (next === 0) counts.delete(tenant);
    else counts.set(tenant, next);
  };
  const shareOf = (tenant: string, limit: number): number =>
    tenant === NO_TENANT ? limit : Math.ceil(limits.tenantShare * limit);
  const isCapped = (tenant: string): boolean =>
    tenant !== NO_TENANT && (runningBy.get(tenant) ?? 0) >= shareOf(tenant, limits.maxInFlight);

  function nextWaiter({ waiters }: Line): Waiter | undefined {
    for (;;) {
      const waiter = waiters.shift();
      if (waiter?.left !== true) return waiter;
    }
  }

  /** The next in line. A tenant at its cap lets others pass, and goes on when no other tenant waits. */
  function next(): { readonly tenant: string; readonly waiter: Waiter } | undefined {
    return take((tenant) => !isCapped(tenant)) ?? take(() => true);
  }

  function take(
    allowed: (tenant: string) => boolean,
  ): { readonly tenant: string; readonly waiter: Waiter } | undefined {
    for (const [urgency, turn] of turns.entries()) {
      // At most as many tenants are capped as can run at once, so this list is short.
      const passed: Line[] = [];
      let found: { readonly tenant: string; readonly waiter: Waiter } | undefined;
      while (found === undefined) {
        const line = turn.shift();
        if (line === undefined) break;
        if (!allowed(line.tenant)) {
          passed.push(line);
          continue;
        }
        const waiter = nextWaiter(line);
        if (waiter !== undefined) found = { tenant: line.tenant, waiter };
        // To the end, behind the tenants that wait for their first turn.
        if (line.waiters.size > 0) turn.push(line);
        else lines[urgency]?.delete(line.tenant);
      }
      for (const line of passed.toReversed()) turn.unshift(line);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  function leaveQueue(tenant: string): void {
    queued -= 1;
    queuedBy.add(tenant, -1);
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
      const chosen = next();
      if (chosen === undefined) return;
      bucket.take();
      leaveQueue(chosen.tenant);
      chosen.waiter.admit();
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

  function overloaded(): BrokerError {
    const retryAfterMs = Math.ceil((queued / limits.stsPerSecond) * 1000);
    return new BrokerError(
      "OVERLOADED",
      `limits.maxQueue: ${limits.maxQueue} fetches wait for STS already; try again in ${retryAfterMs} ms, or raise the limit`,
      { retryAfterMs },
    );
  }

  /**
   * Makes room in a full queue for a tenant below its share: the waiter that came last of the tenant with the most
   * waiters is refused. A single tenant can use the whole queue, and cannot keep others out of it.
   */
  function makeRoom(tenant: string): boolean {
    const own = queuedBy.of(tenant);
    const largest = queuedBy.largest();
    if (own >= shareOf(tenant, limits.maxQueue)) return false;
    if (largest === undefined || largest === tenant || queuedBy.of(largest) <= own + 1) return false;
    for (const byTenant of lines.toReversed()) {
      const line = byTenant.get(largest);
      let last = line?.waiters.pop();
      while (last?.left === true) last = line?.waiters.pop();
      if (last === undefined) continue;
      leaveQueue(largest);
      last.refuse(overloaded());
      return true;
    }
    return false;
  }

  return {
    hasRoom: (tenant) =>
      queued === 0 && inFlight < limits.maxInFlight && bucket.waitMs() === 0 && !isCapped(tenant ?? NO_TENANT),
    throttled: () => bucket.halve(),
    succeeded: () => bucket.recover(),
    async enter({ tenant = NO_TENANT, reason, signal }) {
      signal.throwIfAborted();
      if (queued === 0 && inFlight < limits.maxInFlight && bucket.take()) return begin(tenant);
      if (queued >= limits.maxQueue && !makeRoom(tenant)) throw overloaded();
      return new Promise<() => void>((resolve, reject) => {
        const urgency = REASONS.indexOf(reason);
        const leave = (): void => {
          if (waiter.left) return;
          waiter.left = true;
          leaveQueue(tenant);
          reject(signal.reason);
        };
        const waiter: Waiter = {
          left: false,
          admit: () => {
            waiter.left = true;
            signal.removeEventListener("abort", leave);
            resolve(begin(tenant));
          },
          refuse: (error) => {
            waiter.left = true;
            signal.removeEventListener("abort", leave);
            reject(error);
          },
        };
        const byTenant = lines[urgency] as Map<string, Line>;
        let line = byTenant.get(tenant);
        if (line === undefined) {
          line = { tenant, waiters: new Fifo() };
          byTenant.set(tenant, line);
          turns[urgency]?.push(line);
        }
        line.waiters.push(waiter);
        queued += 1;
        queuedBy.add(tenant, 1);
        signal.addEventListener("abort", leave, { once: true });
        pump();
      });
    },
  };
}
