// The limits of a correction. This file imports nothing, so that bundlers put the numbers in the place of the names.

/** A correction below this counts as none: AWS accepts signatures within five minutes. */
export const MIN_OFFSET_MS = 30_000;
/** No machine is off by more than a day. */
export const MAX_OFFSET_MS = 86_400_000;
/** A `Date` header has whole seconds: the answer was written up to one later (RFC 9110, section 5.6.7). */
export const DATE_RESOLUTION_MS = 1000;
/** A signature that took longer to be answered may be refused for its age: its correction can still be right. */
export const AGED_MS = 240_000;
/** How long dates alone correct nothing after a correction was refused. */
export const DISTRUST_MS = 1_800_000;
