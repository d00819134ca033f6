import { nearestName } from "@countersign/signer/options";
import { usageError } from "./cli-error.ts";
import { type OptionValues, text } from "./command.ts";

/**
 * The value of an option that takes one of a few words.
 *
 * @throws CliError `USAGE` for another word; the message names the nearest one.
 */
export function readChoice<Word extends string>(
  options: OptionValues,
  name: string,
  words: readonly Word[],
  byDefault: Word,
): Word {
  const given = text(options, name) ?? byDefault;
  const chosen = words.find((word) => word === given);
  if (chosen !== undefined) return chosen;
  const near = nearestName(given, words);
  const advice = near === undefined ? "" : `; did you mean ${near}?`;
  throw usageError(`--${name}: must be ${wordList(words)}, not ${JSON.stringify(given)}${advice}`);
}

/** `a, b or c`. */
export function wordList(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
