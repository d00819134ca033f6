import { checkAnswerText } from "#platform/check-parts";

/**
 * The server's own time in the text of a refusal: S3's `<ServerTime>`, and the compared time in
 * "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)".
 */
const SERVER_TIME = /<ServerTime>([^<]+)|\((\d{8}T\d{6}Z) [-+] \d+ min\.\)/;

/** Makes a reader of dates that parses a repeated date only once: many answers a second carry the same one. */
export function createServerDate(): (text: string) => Date {
  let last = "";
  let date = new Date(last);
  return (text) => {
    if (text !== last) date = new Date((last = text));
    return date;
  };
}

/** The time in the text of a refused signature. A page cannot read the `Date` header of another origin, so it needs this. */
export function dateInText(text: string): string | undefined {
  checkAnswerText(text);
  const [, iso, basic] = SERVER_TIME.exec(text) ?? [];
  return iso ?? basic?.replace(/^(....)(..)(.....)(..)/, "$1-$2-$3:$4:");
}
