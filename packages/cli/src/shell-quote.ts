import { RUNNER_COMMAND } from "./visible.ts";

const PLAIN = /^[A-Za-z0-9_@+:,./-][A-Za-z0-9_@%+:,./-]*$/;

/** What single quotes do not keep, and what a runner of a pipeline would read as a command in the printed word. */
const SPECIAL = new RegExp(`['\\\\]|${RUNNER_COMMAND}`, "g");

/**
 * A word for a shell that means exactly `word`: in POSIX shells, zsh and fish. Inside single quotes only the single quote is
 * special, and in fish the backslash too, so these two stand in double quotes. zsh replaces a leading `=`, and with
 * `MAGIC_EQUAL_SUBST` what stands after any `=`; `set -k` makes an assignment of `a=b` in any place. The first character of a
 * command to a runner of a pipeline stands in double quotes too.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02
 * https://fishshell.com/docs/current/language.html#quotes
 */
export function shellQuote(word: string): string {
  if (PLAIN.test(word)) return word;
  return `'${word.replaceAll(SPECIAL, (special) => `'"${special === "\\" ? "\\\\" : special}"'`)}'`;
}
