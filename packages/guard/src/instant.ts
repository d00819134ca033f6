/** RFC 3339, or a bare date. Everything else `Date.parse` reads by the rules and the time zone of the machine it runs on. */
const form = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d))?$/;

/** Milliseconds since the epoch of the moment from which on something no longer holds; NaN for what is no date. */
export function instantOf(until: unknown): number {
  if (until instanceof Date) return until.getTime();
  return typeof until === "string" && form.test(until) ? Date.parse(until.replace(" ", "T").toUpperCase()) : Number.NaN;
}
