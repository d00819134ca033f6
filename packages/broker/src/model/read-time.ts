/** RFC 3339. botocore has written `UTC` for the zone. Without a zone a date would mean this machine's own. */
const TIME = /^(\d{4}-\d\d-\d\d)[T ](?!24)\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|UTC|[+-]\d\d:?\d\d)$/iu;

/**
 * A time that states its zone, such as `2026-01-02T03:04:05Z`. `undefined`: it cannot be read, or there is no such day, as
 * 31 February, which `Date` takes for 3 March.
 */
export function readTime(text: unknown): Date | undefined {
  if (typeof text !== "string" || text.length > 40) return undefined;
  const [, day] = TIME.exec(text) ?? [];
  const time = new Date(text.replace(/UTC$/iu, "Z"));
  if (day === undefined || Number.isNaN(time.getTime())) return undefined;
  return new Date(day).toISOString().startsWith(day) ? time : undefined;
}

/** The `Date` of an HTTP answer, in the one form that servers may write (RFC 9110, section 5.6.7). `undefined`: another text. */
export function readHttpDate(text: unknown): Date | undefined {
  const time = new Date(typeof text === "string" ? text : Number.NaN);
  return !Number.isNaN(time.getTime()) && time.toUTCString() === text ? time : undefined;
}

/** The time in `seconds` from now, as OAuth states validity. `undefined` for a number that gives no future time. */
export function timeIn(seconds: unknown, now: number): Date | undefined {
  const isTime = typeof seconds === "number" && seconds > 0 && seconds < 1e10;
  return isTime ? new Date(now + seconds * 1000) : undefined;
}
