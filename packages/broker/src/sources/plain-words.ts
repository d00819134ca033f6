/** Words of a language: letters of one case with an optional capital, or a number of up to four digits. */
const PLAIN = /^(?:[A-Za-z]?[a-z]{0,19}|[A-Z]{2,8}|\d{1,4})$/u;
/** What follows such a word on its line is removed, plain or not. */
const LABEL = /(?:pass|secret|token|key|pin|otp|code|cred|auth|bearer)[a-z]*["']?\s*(?:[:=]|\bis\b)/iu;
const PUNCTUATION = /^["'([<]+|[.,:;!?"')\]>]+$/gu;

/**
 * The end of what a program printed, on one line and at most 300 characters long. Only words that cannot be a secret are
 * kept: everything that is not a plain word becomes `…`, and so does the rest of a line after `password:` and the like.
 * Text without a plain word gives `""`.
 */
export function plainWords(text: string): string {
  let kept = false;
  const lines = text.split(/[\r\n]+/u).map((line) => {
    const label = LABEL.exec(line);
    const shown = label === null ? line : `${line.slice(0, label.index + label[0].length)} …`;
    return shown.split(/\s+/u).map((word) => {
      const plain = PLAIN.test(word.replaceAll(PUNCTUATION, ""));
      kept ||= plain && /[A-Za-z]/u.test(word);
      return plain ? word : "…";
    });
  });
  const words = lines.flat().filter((word) => word !== "");
  const short = words.filter((word, at) => word !== "…" || words[at - 1] !== "…").join(" ");
  return kept ? short.slice(-300) : "";
}
