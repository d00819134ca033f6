/** How many signatures of a second count as few. */
export const FEW = 64;

let latest = 0;
let count = 0;

/**
 * Counts a signature of this process.
 *
 * A process that signs rarely spends most of a signature on fetching code and data into the processor's caches. The machine signs
 * anyway, so hashing short texts there, too, is faster than calling OpenSSL. At thousands of signatures a second OpenSSL is faster.
 *
 * @param second the time of the signature, in milliseconds. A second earlier than the latest one counts as the latest.
 * @returns whether few signatures were made in this second.
 */
export function isCalm(second: number): boolean {
  if (second > latest) {
    latest = second;
    count = 0;
  }
  count++;
  return count <= FEW;
}

/** Whether there was a signature, and few in its second. */
export function wasCalm(): boolean {
  return count > 0 && count <= FEW;
}
