/** Milliseconds that never jump, from a point of the platform's choice. */
export const monotonicNow = (): number => performance.now();
