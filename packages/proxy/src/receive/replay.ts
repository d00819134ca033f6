import { createHash } from "node:crypto";

/** Remembers signatures until they expire, so that each is accepted once. */
export interface SeenSignatures {
  /** Whether this signature was seen before; remembers it if not. @param expiresAt milliseconds since the epoch. */
  seen(signature: string, expiresAt: number, now: number): boolean;
  /** Signatures remembered. */
  readonly size: number;
}

/** Signatures live 10 minutes at most: 5 minutes of skew, both ways. */
const GENERATION_MS = 600_000;

/**
 * Makes the memory. Two generations, each at least as long as a signature lives, so forgetting is the exchange of two
 * sets. It keeps 22 characters of a hash per signature.
 *
 * @param maxEntries per generation; above it every further signature counts as seen, so that none is accepted twice.
 */
export function createSeenSignatures(maxEntries = 2_000_000): SeenSignatures {
  let current = new Set<string>();
  let previous = new Set<string>();
  let until = 0;
  return {
    seen(signature, expiresAt, now) {
      if (now >= until) {
        previous = now < until + GENERATION_MS ? current : new Set();
        current = new Set();
        until = now + GENERATION_MS;
      }
      const short = createHash("sha256").update(signature).digest("base64").slice(0, 22);
      if (current.has(short) || previous.has(short) || current.size >= maxEntries) return true;
      // A presigned URL can live for a week; it is remembered for two generations at least, and that is said in the docs.
      if (expiresAt > now) current.add(short);
      return false;
    },
    get size() {
      return current.size + previous.size;
    },
  };
}
