/**
 * A value of an event stream header. A UUID is its text.
 */
export type EventHeaderValue = string | boolean | number | bigint | Uint8Array | Date;

/** Headers of an event stream message by name; `:`-names are the protocol's own. */
export type EventHeaders = Readonly<Record<string, EventHeaderValue | undefined>>;

/** One message of an `application/vnd.amazon.eventstream` body. */
export interface EventMessage {
  readonly headers: EventHeaders;
  readonly payload: Uint8Array;
}

/** Total length, headers length, and the CRC of these two: the twelve bytes each message starts with. */
export const preludeBytes = 12;
/** The CRC each message ends with. */
export const trailerBytes = 4;

/** https://smithy.io/2.0/aws/amazon-eventstream.html#event-stream-header-types */
export const headerType = {
  true: 0,
  false: 1,
  byte: 2,
  short: 3,
  integer: 4,
  long: 5,
  bytes: 6,
  string: 7,
  timestamp: 8,
  uuid: 9,
} as const;
