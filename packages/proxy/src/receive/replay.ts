import { createFingerprints } from "./fingerprints.ts";

/** Remembers signatures until they expire, so that each is accepted once while the proxy runs. */
export interface SeenSignatures {
  /**
   * Whether this signature was seen before; remembers it if not.
   *
   * @param signature hexadecimal digits, verified.
   * @param monotonic milliseconds that never jump: a clock that is set forward must not make the memory forget.
   */
  seen(signature: string, monotonic: number): boolean;
  /** Signatures remembered. */
  readonly size: number;
}

/** 20,000 a second for ten minutes, which is more than one process can answer. A full generation takes 134 MB. */
const MAX_ENTRIES = 12_000_000;

/** The shortest generation. */
const MIN_GENERATION_MS = 600_000;

/**
 * Makes the memory. Two generations, each at least as long as a signature lives, so forgetting is the exchange of two
 * sets. It keeps the first 64 bits of each signature. A signature is an HMAC, so in a full memory one new signature of
 * 10^12 has the same bits as another one, and is refused.
 *
 * @param maxSkewMs how far a client's date may be off: a signature lives for twice as long at most, once before its date
 * and once after it.
 * @param maxEntries per generation; above it every further signature counts as seen, so that none is accepted twice.
 */
export function createSeenSignatures(maxSkewMs: number, maxEntries: number = MAX_ENTRIES): SeenSignatures {
  const generationMs = Math.max(MIN_GENERATION_MS, 2 * maxSkewMs);
  let current = createFingerprints();
  let previous = createFingerprints();
  let until = Number.NEGATIVE_INFINITY;
  return {
    seen(signature, monotonic) {
      if (monotonic >= until) {
        previous = monotonic < until + generationMs ? current : createFingerprints();
        current = createFingerprints();
        until = monotonic + generationMs;
      }
      const high = Number.parseInt(signature.slice(0, 8), 16);
      const low = Number.parseInt(signature.slice(8, 16), 16);
      // A presigned URL can live for a week; it is remembered for two generations at least, and that is said in the docs.
      return previous.has(high, low) || current.size >= maxEntries || !current.add(high, low);
    },
    get size() {
      return current.size + previous.size;
    },
  };
}
