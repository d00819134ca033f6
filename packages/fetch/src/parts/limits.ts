// The limits of a signed fetch by parts. This file imports nothing, so that bundlers put the numbers in the place of the names.

/** How often a call is sent at most. */
export const MAX_ATTEMPTS = 3;

/** A `Retry-After` beyond this ends the call, in seconds. */
export const MAX_DELAY_S = 20;

/** Credentials are renewed this long before they expire, in milliseconds. */
export const ADVISORY_MS = 300_000;

/** While credentials last, a failed renewal is repeated after this pause, in milliseconds. */
export const PAUSE_MS = 5000;

/** AWS accepts a signature for five minutes before and after its time: an error over four minutes explains a refusal. */
export const MIN_ERROR_MS = 240_000;

/** No machine is off by more than a day, which a date without milliseconds and the way of an answer can make longer. */
export const MAX_ERROR_MS = 90_000_000;
