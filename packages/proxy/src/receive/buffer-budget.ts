import { Refusal } from "../refusal.ts";

/** What one body holds of the memory for bodies. */
export interface HeldMemory {
  /** @throws Refusal `ServiceUnavailable` when there is no memory left. */
  readonly take: (bytes: number) => void;
  /** Gives back everything. */
  readonly end: () => void;
}

/** Bytes that requests may hold in memory while their bodies are read. */
export interface BufferBudget {
  /** @throws Refusal `ServiceUnavailable` when the budget is used up. */
  take(bytes: number): void;
  give(bytes: number): void;
  /** For one body. */
  hold(): HeldMemory;
}

/**
 * Makes a budget.
 *
 * @param reclaim frees memory and says whether it freed any. Called while memory is missing, before a request is refused.
 */
export function createBufferBudget(maxBytes: number, reclaim: () => boolean = () => false): BufferBudget {
  let used = 0;
  const isMissing = (bytes: number): boolean => used + bytes > maxBytes;
  const take = (bytes: number): void => {
    while (isMissing(bytes)) if (!reclaim()) throw noMemory();
    used += bytes;
  };
  const give = (bytes: number): void => void (used -= bytes);
  return {
    take,
    give,
    hold() {
      let held = 0;
      return {
        take(bytes) {
          take(bytes);
          held += bytes;
        },
        end() {
          give(held);
          held = 0;
        },
      };
    },
  };
}

/** There is no memory for a body. */
export function noMemory(): Refusal {
  return new Refusal(503, "ServiceUnavailable", "The proxy has no memory left for this body: try again.");
}
