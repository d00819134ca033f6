import type { Clock } from "@countersign/signer";
import { VendingError } from "../vending-error.ts";
import { FRESH_MS } from "./identity-proof.ts";

/** The proofs that this process has accepted or is verifying. */
export interface SeenProofs {
  /** Adds a signature; false when it is known. @throws VendingError `UNAVAILABLE` when the memory is full. */
  add(signature: string): boolean;
  forget(signature: string): void;
}

/** About 30 MB. */
const MAX_SEEN = 200_000;
/** Longer than any proof is fresh, by any clock that differs less than a proof may. */
const KEEP_MS = 3 * FRESH_MS;

/** Remembers signatures until they are stale. A full memory refuses: forgetting one early would allow a replay. */
export function createSeenProofs(clock: Pick<Clock, "monotonic">): SeenProofs {
  // In the order of insertion, which is the order of expiry.
  const until = new Map<string, number>();

  function dropStale(now: number): void {
    for (const [signature, staleAt] of until) {
      if (staleAt > now) return;
      until.delete(signature);
    }
  }

  return {
    add(signature) {
      const now = clock.monotonic();
      dropStale(now);
      if (until.has(signature)) return false;
      if (until.size >= MAX_SEEN) {
        throw new VendingError("UNAVAILABLE", `more than ${MAX_SEEN} proofs in 15 minutes`, { retryAfterSeconds: 30 });
      }
      until.set(signature, now + KEEP_MS);
      return true;
    },
    forget: (signature) => void until.delete(signature),
  };
}
