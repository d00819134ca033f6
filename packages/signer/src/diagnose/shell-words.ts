import { SignerError } from "../errors/error.ts";

/**
 * Splits a command line into its words as a POSIX shell does: quotes, backslashes, continued lines
 * (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html, section 2.2). Nothing is expanded.
 *
 * @throws SignerError `INVALID_OPTION` for a quote that is not closed, and for quoting that is not POSIX's.
 */
export function shellWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const character = line[i] ?? "";
    if (character === "$" && line[i + 1] === "'") {
      throw new SignerError("INVALID_OPTION", "request: $'…' is not read; write the command with plain quotes");
    }
    if (character === "'" || character === '"') {
      const [text, end] = quoted(line, i);
      word = (word ?? "") + text;
      i = end;
    } else if (character === "\\") {
      const next = /^\r?\n/.exec(line.slice(i + 1, i + 3))?.[0];
      if (next === undefined) word = (word ?? "") + (line[i + 1] ?? "");
      i += next?.length ?? 1;
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  return word === undefined ? words : [...words, word];
}

/** The text from a quote to the one that closes it, and where that stands. */
function quoted(line: string, start: number): readonly [text: string, end: number] {
  const quote = line[start] ?? "";
  let text = "";
  for (let i = start + 1; i < line.length; i++) {
    const character = line[i] ?? "";
    if (character === quote) return [text, i];
    const escaped = quote === '"' && character === "\\" ? (line[i + 1] ?? "") : "";
    if (escaped !== "" && '"\\$`\n'.includes(escaped)) {
      if (escaped !== "\n") text += escaped;
      i++;
    } else text += character;
  }
  throw new SignerError("INVALID_OPTION", `request: the quote ${quote} is not closed`);
}
