/** Characters that act on a terminal, or turn the direction of what stands beside them. */
const ACTING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
/** The same, except line breaks, tabs and the colours of this program. */
const ACTING_IN_OUTPUT = new RegExp(
  `${String.fromCodePoint(27)}\\[(?:1|2|22|31|32|33|39)m|\\r?\\n|\\t|[\\p{Cc}\\p{Zl}\\p{Zp}\\p{Bidi_Control}]`,
  "gu",
);
const ACTING_IN_LINES = /\r\n|[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
/** `##vso[…]` and `##[…]` anywhere in a line are commands to the agents of Azure Pipelines and GitHub Actions. */
const COMMAND = /#(?=#\w*\[)/g;
/** The same, and `::error::` at the start of a line that is not the first: a pattern without flags. */
export const RUNNER_COMMAND: string = `${COMMAND.source}|:(?=:)(?<=\\n\\s*:)`;
/** `::error::` at the start of a line is a command to a runner of GitHub Actions. */
const LINE_COMMAND = /^(\s*):(?=:)/;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Foreign text for a line of output: a terminal shows each character, and no runner of a pipeline reads a command in it. */
export function visible(text: string): string {
  return text
    .replaceAll(ACTING, escaped)
    .replaceAll(COMMAND, escaped)
    .replace(LINE_COMMAND, (_, before: string) => `${before}\\u003a`);
}

/** Output of this program in which nothing acts on a terminal but its own colours. In JSON the data stay the same. */
export function harmless(output: string): string {
  return output.replaceAll(ACTING_IN_OUTPUT, (found) =>
    found.length > 1 || found === "\n" || found === "\t" ? found : escaped(found),
  );
}

/** Foreign text of several lines, such as a model's answer, on a terminal: nothing in it acts, colours included. */
export function visibleLines(text: string): string {
  return text.replaceAll(ACTING_IN_LINES, (found) =>
    found.length > 1 || found === "\n" || found === "\t" ? found : escaped(found),
  );
}

/** JSON that no runner of a pipeline reads a command in: the data are the same. */
export function jsonText(value: unknown, space?: number): string {
  return withoutCommands(JSON.stringify(value, null, space) ?? "null");
}

/** Text of JSON in which no runner of a pipeline reads a command: the data are the same. */
export function withoutCommands(json: string): string {
  return json.replaceAll(COMMAND, escaped);
}
