import { readTime } from "../model/read-time.ts";

/** What AWS writes where it refuses a request for its time, and the codes that say so. */
const ABOUT_TIME = /Signature (?:expired|not yet current)|RequestExpired|RequestInTheFuture|RequestTimeTooSkewed/u;

/** The compared time in "Signature expired: … is now earlier than … (20260101T001500Z - 5 min.)". */
const STATED = /\((\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ) [-+] \d+ min\.\)/u;

/** A refusal of a request for its time. */
export interface TimeRefusal {
  /** The time that the signature was compared with, when the text states it. */
  readonly date: Date | undefined;
}

/** Reads an error of AWS's client; `undefined` unless the request was refused for its time. */
export function timeRefusal(error: unknown): TimeRefusal | undefined {
  const { name, message } = Object(error) as { readonly name?: unknown; readonly message?: unknown };
  const text = `${String(name)}: ${String(message)}`;
  if (!ABOUT_TIME.test(text)) return undefined;
  return { date: readTime(STATED.exec(text)?.[0].replace(STATED, "$1-$2-$3:$4:$5")) };
}
