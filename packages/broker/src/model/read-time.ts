/** RFC 3339. botocore has written `UTC` for the zone. Without a zone a date would mean this machine's own. */
const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|UTC|[+-]\d\d:?\d\d)$/iu;

/** A time that states its zone, such as `2026-01-02T03:04:05Z`. `undefined`: it cannot be read. */
export function readTime(text: unknown): Date | undefined {
  if (typeof text !== "string" || text.length > 40 || !TIME.test(text)) return undefined;
  const time = new Date(text.replace(/UTC$/iu, "Z"));
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** The time in `seconds` from now, as OAuth states validity. `undefined` for a number that gives no future time. */
export function timeIn(seconds: unknown, now: number): Date | undefined {
  const isTime = typeof seconds === "number" && seconds > 0 && seconds < 1e10;
  return isTime ? new Date(now + seconds * 1000) : undefined;
}
