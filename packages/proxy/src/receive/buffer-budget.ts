import { Refusal } from "../refusal.ts";

/** What one body holds of the memory for bodies. */
export interface HeldMemory {
  /** @throws Refusal `ServiceUnavailable` when there is no memory left. */
  readonly take: (bytes: number) => void;
  /** Gives back everything. */
  readonly end: () => void;
}

/** A client, as the budget sees it. */
export interface MemoryOwner {
  /** What its bodies hold together. */
  heldBytes: number;
}

/** Bytes that requests may hold in memory while their bodies are read. */
export interface BufferBudget {
  /** @throws Refusal `ServiceUnavailable` when the budget is used up. */
  take(bytes: number): void;
  give(bytes: number): void;
  /** For one body that its client has proven. */
  hold(owner: MemoryOwner): HeldMemory;
}

/**
 * A client may hold so many times what all clients leave free. One client holds three quarters of the memory at most, two
 * hold three sevenths each, and something is left for every other client however many fill their part.
 */
export const SHARE = 3;

/**
 * Makes a budget. A client's only body is held as long as there is memory; beside it the client has its share.
 *
 * @param reclaim frees memory and says whether it freed any. Called while memory is missing, before a request is refused.
 */
export function createBufferBudget(maxBytes: number, reclaim: () => boolean = () => false): BufferBudget {
  let used = 0;
  let proven = 0;
  const isMissing = (bytes: number): boolean => used + bytes > maxBytes;
  const take = (bytes: number): void => {
    while (isMissing(bytes)) if (!reclaim()) throw noMemory();
    used += bytes;
  };
  const give = (bytes: number): void => void (used -= bytes);
  return {
    take,
    give,
    hold(owner) {
      let held = 0;
      const counted = (bytes: number): void => {
        held += bytes;
        proven += bytes;
        owner.heldBytes += bytes;
      };
      return {
        take(bytes) {
          const isOnly = owner.heldBytes === held;
          if (!isOnly && owner.heldBytes + bytes > SHARE * (maxBytes - proven - bytes)) throw noMemory();
          take(bytes);
          counted(bytes);
        },
        end() {
          give(held);
          counted(-held);
        },
      };
    },
  };
}

/** There is no memory for a body. */
export function noMemory(): Refusal {
  return new Refusal(503, "ServiceUnavailable", "The proxy has no memory left for this body: try again.");
}
