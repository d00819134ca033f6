import type { Revocations } from "./revocations.ts";
import type { StoreGuard } from "./store-guard.ts";
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
): RevocationSync {
  const tell = async (revocation: Revocation, kind: "new" | "known"): Promise<Revocation | undefined> =>
    (await guard.run(() => store.revoke?.(revocation, kind) ?? Promise.resolve(revocation)))?.value;

  return {
    publish: (revocation) => tell(revocation, "new"),
    async run() {
      if (store.revocations === undefined) return;
      const answer = await guard.run(() => store.revocations?.() ?? Promise.resolve([]));
      if (answer === undefined) return;
      const stored = new Map(answer.value.map((revocation) => [revocation.subject, revocation]));
      const news = answer.value.filter((revocation) => revocations.learn(revocation));
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
