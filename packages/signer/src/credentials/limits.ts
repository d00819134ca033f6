// The limits of a renewal. This file imports nothing, so that bundlers put the numbers in the place of the names.

/** A `forceRefresh` is followed at most this often. */
export const FORCED_EVERY_MS = 5000;
/** A `minTtlMs` is followed at most this often. */
export const WISHED_EVERY_MS = 60_000;
/** A service that turns down three keys within this time probably turns down every key. */
export const REJECTED_AGAIN_MS = 60_000;
/** A renewal cannot meet a `minTtlMs` above this part of the last lifetime. */
export const ATTAINABLE = 0.9;
export const MINUTE_MS = 60_000;
/** A reading that leaves less than this is believed only when no other leaves more: it would renew without end. */
export const MIN_BELIEVED_MS = 60_000;
/** How long credentials are not judged again, once they were found to be fresh for longer than that. */
export const FRESH_MS = 10_000;
