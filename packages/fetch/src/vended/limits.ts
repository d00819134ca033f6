// The limits of vended credentials. This file imports nothing, so that bundlers put the numbers in the place of the names.

/** How long a token that the broker refused is not sent to it again, in milliseconds. */
export const REFUSED_FOR_MS = 5000;

/** The pause after the first failed renewal, in milliseconds; it doubles with each. */
export const FIRST_PAUSE_MS = 500;

/** The longest such pause, in milliseconds. */
export const MAX_PAUSE_MS = 30_000;

/** A `Retry-After` is obeyed up to this, in milliseconds: one answer must not lock the page out. */
export const MAX_RETRY_AFTER_MS = 300_000;

/** How long the whole answer is waited for, in milliseconds. Other tabs wait as long. */
export const MAX_ANSWER_MS = 10_000;

/** Credentials take about 1,500 bytes; a longer answer is not read. */
export const MAX_ANSWER_BYTES = 65_536;

/** How long a tab waits for an answer when it has not heard of another one, in milliseconds. */
export const ALONE_MS = 60;

/** How long a tab waits for an answer when it has heard of another tab, which may be busy; in milliseconds. */
export const TOGETHER_MS = 500;

/** How long a message between tabs takes at most, in milliseconds. */
export const MAX_MESSAGE_MS = 2000;

/** Said by a tab whose renewal failed: the tabs that wait for it fail as well, instead of trying one after another. */
export const FAILED = false;

/** The longest session that a grant of the broker gives, in milliseconds. */
export const MAX_GRANT_MS = 3_600_000;

/** The shortest session that STS issues, in milliseconds. */
export const MIN_GRANT_MS = 900_000;
