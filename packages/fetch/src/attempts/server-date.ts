import type { Answer } from "./create-attempts.ts";
import { textOf } from "./text-of.ts";

/**
 * The server's own time in the text of a refusal: S3's `<ServerTime>`, and the compared time in
 * "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)".
 */
const SERVER_TIME = /<ServerTime>([^<]+)|\((\d{8}T\d{6}Z) [-+] \d+ min\.\)/;

/** Reads dates. Many answers a second bear the same one, and it is parsed once. */
export function createServerDate(): (text: string) => Date {
  let last = "";
  let date = new Date(last);
  return (text) => {
    if (text !== last) date = new Date((last = text));
    return date;
  };
}

/** The time in the text of a refused signature. Pages are not shown the `Date` of another origin: it is all they have. */
export async function dateInText(answer: Answer): Promise<string | undefined> {
  const [, iso, basic] = SERVER_TIME.exec(await textOf(answer)) ?? [];
  return iso ?? basic?.replace(/^(....)(..)(.....)(..)/, "$1-$2-$3:$4:");
}
