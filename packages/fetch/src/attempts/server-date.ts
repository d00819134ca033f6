import type { Answer } from "../attempts.ts";
import type { Verdict } from "./verdict.ts";

/**
 * The server's own time in the text of a refusal: S3's `<ServerTime>`, and the compared time in
 * "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)".
 */
const SERVER_TIME = /<ServerTime>([^<]+)<\/ServerTime>|\((\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z [-+] \d+ min\.\)/u;

/**
 * When the server believes it answered: its `Date` header, or what the text of a refused signature says. Browsers do
 * not show a page the `Date` of another origin, so there the text is the only witness.
 */
export async function serverDate(answer: Answer, verdict: Verdict): Promise<Date | undefined> {
  const header = answer.header("date");
  if (typeof header === "string") return new Date(header);
  const text = verdict === "skewed" ? await answer.text?.().catch(() => undefined) : undefined;
  const found = text === undefined ? null : SERVER_TIME.exec(text);
  if (found === null) return undefined;
  const [, iso, year, month, day, hour, minute, second] = found;
  return new Date(iso ?? `${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
