/** RFC 3339, or a bare date. `Date.parse` reads other forms by the rules and the time zone of the machine. */
const form = /^(\d{4}-\d\d-\d\d)(?:[Tt ](?!24)\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d))?$/;

/**
 * Milliseconds since the epoch at which something ends. NaN: it is not a date, or there is no such day, as 31 February,
 * which `Date` takes for 3 March.
 */
export function instantOf(until: unknown): number {
  if (until instanceof Date) return until.getTime();
  const [text = "", day = ""] = (typeof until === "string" && form.exec(until)) || [];
  const midnight = Date.parse(day);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return Number.NaN;
  return Date.parse(text.replace(" ", "T").toUpperCase());
}
