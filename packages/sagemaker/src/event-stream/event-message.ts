/** One message of an `application/vnd.amazon.eventstream` body. */
export interface EventMessage {
  /** The headers with string values, by name. Names with a colon in front are the protocol's own. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly payload: Uint8Array;
}

/** Each message starts with its total length, the length of its headers, and the CRC of these two. */
export const preludeBytes = 12;
/** Each message ends with its CRC. */
export const trailerBytes = 4;
