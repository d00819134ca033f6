import type { Emit } from "@countersign/signer";
import { isRevocation, revocationReadingFrom } from "./store-answer.ts";
import type { Revocations } from "./revocations.ts";
import type { StoreGuard } from "./store-guard.ts";
import type { Revocation, SharedStore } from "./store.ts";

/** Spreads revocations over the fleet. */
export interface RevocationSync {
  /** Publishes a revocation; returns the one in force, or `undefined` when the store could not be told. */
  publish(revocation: Revocation): Promise<Revocation | undefined>;
  /** Learns what other processes revoked, and restores what the store lost. Called every two seconds. */
  run(): Promise<void>;
}

export const SYNC_MS = 2000;
/** The next run tries again: a store that is off or full does not take the others either. */
const MAX_UNTOLD = 100;

export interface RevocationSyncPorts {
  readonly guard: StoreGuard;
  readonly revocations: Revocations;
  readonly emit: Emit;
  readonly now: () => number;
}

export function createRevocationSync(store: SharedStore, ports: RevocationSyncPorts): RevocationSync {
  const { guard, revocations, emit, now } = ports;
  const tell = async (revocation: Revocation, kind: "new" | "known"): Promise<Revocation | undefined> => {
    const answer = await guard.run(() => store.revoke?.(revocation, kind) ?? Promise.resolve(revocation));
    return isRevocation(answer?.value, now()) ? answer?.value : undefined;
  };

  return {
    publish: (revocation) => tell(revocation, "new"),
    async run() {
      if (store.revocations === undefined) return;
      const answer = await guard.run(() => store.revocations?.() ?? Promise.resolve({ revocations: [] }));
      if (answer === undefined) return;
      const { revocations: found, alarms, isPartial } = revocationReadingFrom(answer.value, now());
      for (const code of new Set(alarms)) emit("store.alarm", () => ({ key: "revocations", code }));
      revocations.learn(found);
      if (isPartial) return;
      let untold = 0;
      const stored = new Map(found.map((revocation) => [revocation.subject, revocation]));
      for (const known of revocations.all()) {
        const there = stored.get(known.subject);
        // The store was flushed, or was off during the revocation.
        if (there === undefined || there.epoch < known.epoch || there.issuedBefore < known.issuedBefore) {
          const inForce = await tell(known, "known");
          if (inForce === undefined && ++untold === MAX_UNTOLD) return;
          if (inForce?.epoch === known.epoch) revocations.confirm(inForce);
        }
      }
    },
  };
}
