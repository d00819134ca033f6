import type { Revocations } from "./revocations.ts";
import type { StoreGuard } from "./store-guard.ts";
import { isRevocation, revocationsFrom } from "./store-answer.ts";
import type { Revocation, SharedStore } from "./store.ts";

/** Spreads revocations over the fleet. */
export interface RevocationSync {
  /** Tells the fleet; gives what is in force there, or nothing when the store could not be told. */
  publish(revocation: Revocation): Promise<Revocation | undefined>;
  /** Learns what others revoked, and makes good what the store lost. Called every two seconds. */
  run(): Promise<void>;
}

export const SYNC_MS = 2000;

/** @param learned called when something new was learned. */
export function createRevocationSync(
  store: SharedStore,
  guard: StoreGuard,
  revocations: Revocations,
  learned: () => void,
  now: () => number,
): RevocationSync {
  const tell = async (revocation: Revocation, kind: "new" | "known"): Promise<Revocation | undefined> => {
    const answer = await guard.run(() => store.revoke?.(revocation, kind) ?? Promise.resolve(revocation));
    return isRevocation(answer?.value, now()) ? answer?.value : undefined;
  };

  return {
    publish: (revocation) => tell(revocation, "new"),
    async run() {
      if (store.revocations === undefined) return;
      const answer = await guard.run(() => store.revocations?.() ?? Promise.resolve([]));
      if (answer === undefined) return;
      const found = revocationsFrom(answer.value, now());
      const stored = new Map(found.map((revocation) => [revocation.subject, revocation]));
      const news = found.filter((revocation) => revocations.learn(revocation));
      if (news.length > 0) learned();
      for (const known of revocations.all()) {
        const there = stored.get(known.subject);
        // A store that was flushed, or was away when somebody revoked.
        if (there === undefined || there.epoch < known.epoch || there.issuedBefore < known.issuedBefore) {
          await tell(known, "known");
        }
      }
    },
  };
}
