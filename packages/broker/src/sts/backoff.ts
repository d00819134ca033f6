const SECOND_MS = 1000;

/**
 * The pause after a refusal by STS: 1 to 5 seconds, since a new trust policy may still be spreading through IAM, then
 * doubled up to a minute.
 */
export function refusalPauseMs(failures: number, random: () => number): number {
  return Math.min((1 + 4 * random()) * SECOND_MS * 2 ** (failures - 1), 60 * SECOND_MS);
}

/**
 * The pause after failed fetches while no credentials are cached: none after the first, which made several attempts;
 * then full jitter below 200 ms, doubling up to 10 seconds.
 */
export function emptyPauseMs(failures: number, random: () => number): number {
  return failures <= 1 ? 0 : random() * Math.min(200 * 2 ** (failures - 2), 10 * SECOND_MS);
}

/** The pause between two attempts of one fetch. A `Retry-After` of STS is followed up to 5 seconds. */
export function attemptPauseMs(
  attempt: number,
  throttled: boolean,
  retryAfterMs: number,
  random: () => number,
): number {
  const maxMs = throttled ? SECOND_MS : 100 * 2 ** (attempt - 1);
  return Math.max(Math.min(retryAfterMs, 5 * SECOND_MS), maxMs * (0.5 + 0.5 * random()));
}
