/**
 * A date as AWS writes it: `20260521T120000Z`, `2026-05-21T12:00:00Z`, or the `Date` of an answer (RFC 9110, section 5.6.7).
 * `undefined`: another text, or no such day, as 31 February, which `Date` takes for 3 March.
 */
export function readDate(text: string): Date | undefined {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return undefined;
  const written = date.toISOString();
  return [written, written.replace(".000", "")].includes(iso) || date.toUTCString() === text ? date : undefined;
}
