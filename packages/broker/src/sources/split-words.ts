/**
 * Splits a command into words as a POSIX shell does, and expands nothing: quotes group, a backslash escapes. botocore
 * splits `credential_process` in the same way. `undefined`: a quote is not closed.
 */
export function splitWords(command: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < command.length; at++) {
    const sign = command[at] ?? "";
    if (quote === "'" ? sign === "'" : quote !== "" && sign === quote) quote = "";
    else if (sign === "\\" && quote !== "'" && (quote === "" || /["\\]/u.test(command[at + 1] ?? ""))) {
      word = (word ?? "") + (command[++at] ?? "");
    } else if (quote === "" && (sign === "'" || sign === '"')) {
      quote = sign;
      word ??= "";
    } else if (quote === "" && /\s/u.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + sign;
  }
  if (quote !== "") return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
