import { words } from "#words";
import { refuse } from "../errors/refuse.ts";

/**
 * The time of a signature as it is signed: ISO 8601, basic format, UTC, such as `20150830T123600Z`. The day of the
 * credential scope is its first eight digits.
 *
 * @throws SignerError `INVALID_DATE` for a time outside the years 0 to 9999.
 */
export function signingTime(date: Date): string {
  const time = new Date(date?.getTime?.());
  const iso = Number.isFinite(time.getTime()) ? time.toISOString() : "";
  if (!/^\d{4}-/.test(iso)) {
    refuse("INVALID_DATE", words ? "date: must be a valid Date of the years 0 to 9999" : "date");
  }
  return iso.replace(/[-:]|\..../g, "");
}
