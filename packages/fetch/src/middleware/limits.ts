// The limits of the middleware. This file imports nothing, so that bundlers put the numbers in the place of the names.

/** A body up to this size is read to its end, which keeps the connection; a larger one is cancelled. */
export const DRAINED_BYTES = 16_384;

/** SageMaker's own limit for an answer, in milliseconds: credentials should last at least as long. */
export const MAX_ANSWER_MS = 60_000;

/** An error's body is read up to this length to find its code. */
export const ERROR_TEXT_BYTES = 65_536;

/** How long the body of an error is waited for, in milliseconds. */
export const ERROR_TEXT_MS = 1000;
