/** RFC 3339, or a bare date. `Date.parse` reads other forms by the rules and the time zone of the machine. */
const form = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d))?$/;

/** Milliseconds since the epoch at which something ends; NaN for a value that is not a date. */
export function instantOf(until: unknown): number {
  if (until instanceof Date) return until.getTime();
  return typeof until === "string" && form.test(until) ? Date.parse(until.replace(" ", "T").toUpperCase()) : Number.NaN;
}
