/** The longest lifetime of any session, in milliseconds: 36 hours, of `GetSessionToken`. */
export const MAX_SESSION_MS: number = 36 * 60 * 60 * 1000;
