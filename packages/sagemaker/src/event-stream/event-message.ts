/** One message of an `application/vnd.amazon.eventstream` body. */
export interface EventMessage {
  /** The headers that are strings, by name; `:`-names are the protocol's own. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly payload: Uint8Array;
}

/** Total length, headers length, and the CRC of these two: the twelve bytes each message starts with. */
export const preludeBytes = 12;
/** The CRC each message ends with. */
export const trailerBytes = 4;
