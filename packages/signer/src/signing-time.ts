import { words } from "#words";
import { refuse } from "./refuse.ts";

/** The time of a signature in the two forms that are signed. */
export interface SigningTime {
  /** `20150830T123600Z`: ISO 8601, basic format, UTC. */
  readonly timestamp: string;
  /** `20150830`: the day of the credential scope. */
  readonly day: string;
}

/**
 * Formats the time of a signature.
 *
 * @throws SignerError `INVALID_DATE` when that is no time of the years 0 to 9999.
 */
export function signingTime(date: Date): SigningTime {
  const iso = date?.toJSON?.() ?? "";
  if (!/^\d{4}-/.test(iso))
    refuse("INVALID_DATE", words ? "date: must be a valid Date of the years 0 to 9999" : "date");
  const timestamp = `${iso.slice(0, 19).replace(/[-:]/g, "")}Z`;
  return { timestamp, day: timestamp.slice(0, 8) };
}
