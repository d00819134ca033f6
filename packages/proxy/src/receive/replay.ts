import { createHash } from "node:crypto";

/** Remembers signatures until they expire, so that each is accepted once. */
export interface SeenSignatures {
  /**
   * Whether this signature was seen before; remembers it if not.
   *
   * @param monotonic milliseconds that never jump: a clock that is set forward must not make the memory forget.
   */
  seen(signature: string, monotonic: number): boolean;
  /** Signatures remembered. */
  readonly size: number;
}

/** The shortest generation. */
const MIN_GENERATION_MS = 600_000;

/**
 * Makes the memory. Two generations, each at least as long as a signature lives, so forgetting is the exchange of two
 * sets. It keeps 22 characters of a hash per signature.
 *
 * @param maxSkewMs how far a client's date may be off: a signature lives for twice as long at most, once before its date
 * and once after it.
 * @param maxEntries per generation; above it every further signature counts as seen, so that none is accepted twice.
 */
export function createSeenSignatures(maxSkewMs: number, maxEntries = 2_000_000): SeenSignatures {
  const generationMs = Math.max(MIN_GENERATION_MS, 2 * maxSkewMs);
  let current = new Set<string>();
  let previous = new Set<string>();
  let until = Number.NEGATIVE_INFINITY;
  return {
    seen(signature, monotonic) {
      if (monotonic >= until) {
        previous = monotonic < until + generationMs ? current : new Set();
        current = new Set();
        until = monotonic + generationMs;
      }
      const short = createHash("sha256").update(signature).digest("base64").slice(0, 22);
      if (current.has(short) || previous.has(short) || current.size >= maxEntries) return true;
      // A presigned URL can live for a week; it is remembered for two generations at least, and that is said in the docs.
      current.add(short);
      return false;
    },
    get size() {
      return current.size + previous.size;
    },
  };
}
