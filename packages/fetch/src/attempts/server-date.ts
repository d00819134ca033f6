import type { Answer } from "../attempts.ts";

/**
 * The server's own time in the text of a refusal: S3's `<ServerTime>`, and the compared time in
 * "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)".
 */
const SERVER_TIME = /<ServerTime>([^<]+)<\/ServerTime>|\((\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z [-+] \d+ min\.\)/u;

/** Reads an answer's `Date`. Many answers a second bear the same one, and it is parsed once. */
export function createServerDate(): (answer: Answer) => Date | undefined {
  let text: string | undefined;
  let date: Date | undefined;
  return (answer) => {
    const header = answer.header("date") ?? undefined;
    if (header !== text) {
      text = header;
      date = header === undefined ? undefined : new Date(header);
    }
    return date;
  };
}

/** The time in the text of a refused signature. Pages are not shown the `Date` of another origin: it is all they have. */
export async function dateInText(answer: Answer): Promise<Date | undefined> {
  const text = await answer.text?.().catch(() => undefined);
  const found = text === undefined ? null : SERVER_TIME.exec(text);
  if (found === null) return undefined;
  const [, iso, year, month, day, hour, minute, second] = found;
  return new Date(iso ?? `${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
