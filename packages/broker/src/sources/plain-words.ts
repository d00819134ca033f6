/** Words of a language: three letters or more, of one case with an optional capital, or a number of up to four digits. */
const PLAIN = /^(?:[A-Za-z][a-z]{2,19}|[A-Z]{3,8}|\d{1,4})$/u;
/** The only words of one or two letters that pass: a secret printed one or two characters at a time must not. */
const SHORT: ReadonlySet<string> = new Set(
  "a am an as at be by do go he i id if in is it me my no of ok on or so to up us we".split(" "),
);
/** The rest of a line after such a word is removed, even if its words are plain. */
const LABEL = /(?:pass|secret|token|key|pin|otp|code|cred|auth|bearer)[a-z]*["']?\s*(?:[:=]|\bis\b)/iu;
const PUNCTUATION = /^["'([<]+|[.,:;!?"')\]>]+$/gu;
const NUMBER = /^\d+$/u;

/**
 * The end of what a program printed, on one line and at most 300 characters long. Only words that cannot be a secret are
 * kept: everything that is not a plain word becomes `…`, and so do the rest of a line after `password:` and the like, and
 * a number after a number. Text without a plain word gives `""`.
 */
export function plainWords(text: string): string {
  return wordsThat(
    isPlain,
    text
      .split(/[\r\n]+/u)
      .map(beforeSecret)
      .join("\n"),
  );
}

/** The words that pass a test, at most the last 300 characters; `…` for all others. `""`: no word passes. */
export function wordsThat(isKept: (word: string, before: string) => boolean, text: string): string {
  let kept = false;
  let before = "";
  const shown: string[] = [];
  for (const word of text.split(/\s+/u).filter((one) => one !== "")) {
    const bare = word.replaceAll(PUNCTUATION, "");
    const next = isKept(bare, before) ? word : "…";
    before = bare;
    kept ||= next !== "…" && /[A-Za-z]/u.test(word);
    if (next !== "…" || shown.at(-1) !== "…") shown.push(next);
  }
  return kept ? shown.join(" ").slice(-300) : "";
}

function isPlain(word: string, before: string): boolean {
  if (NUMBER.test(word) && NUMBER.test(before)) return false;
  return word === "" || PLAIN.test(word) || SHORT.has(word.toLowerCase());
}

function beforeSecret(line: string): string {
  const label = LABEL.exec(line);
  return label === null ? line : `${line.slice(0, label.index + label[0].length)} …`;
}
