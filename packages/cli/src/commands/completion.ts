import { wordList } from "../choice-option.ts";
import { usageError } from "../cli-error.ts";
import { type Command, COMMON_OPTIONS, type Registry } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

type Shell = (words: Readonly<Record<string, readonly string[]>>) => string;

/** The options of each command; under `""` the names of the commands. */
async function vocabulary(commands: Registry): Promise<Readonly<Record<string, readonly string[]>>> {
  const words: Record<string, readonly string[]> = { "": Object.keys(commands) };
  for (const [name, { load }] of Object.entries(commands)) {
    const { options } = await load();
    words[name] = Object.keys({ ...options, ...COMMON_OPTIONS }).map((option) => `--${option}`);
  }
  return words;
}

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: ({ "": commands = [], ...options }) =>
    [
      "_countersign() {",
      '  local current="${COMP_WORDS[COMP_CWORD]}" words=""',
      '  if [ "$COMP_CWORD" -eq 1 ]; then',
      `    words="${commands.join(" ")}"`,
      '  else case "${COMP_WORDS[1]}" in',
      ...Object.entries(options).map(([name, words]) => `    ${name}) words="${words.join(" ")}" ;;`),
      "  esac; fi",
      '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
      "}",
      "complete -o default -F _countersign countersign",
    ].join("\n"),
  zsh: ({ "": commands = [], ...options }) =>
    [
      "#compdef countersign",
      "_countersign() {",
      `  if (( CURRENT == 2 )); then compadd -- ${commands.join(" ")}; return; fi`,
      '  case "${words[2]}" in',
      ...Object.entries(options).map(([name, words]) => `    ${name}) compadd -- ${words.join(" ")} ;;`),
      "  esac",
      "  _files",
      "}",
      "compdef _countersign countersign",
    ].join("\n"),
  fish: ({ "": commands = [], ...options }) =>
    [
      `complete -c countersign -n __fish_use_subcommand -a "${commands.join(" ")}"`,
      ...Object.entries(options).flatMap(([name, words]) =>
        words.map((word) => `complete -c countersign -n "__fish_seen_subcommand_from ${name}" -l ${word.slice(2)}`),
      ),
    ].join("\n"),
};

export const completion: Command = {
  usage: "completion bash|zsh|fish",
  operands: 1,
  options: {},
  examples: [
    "source <(countersign completion bash)",
    "countersign completion fish > ~/.config/fish/completions/countersign.fish",
  ],
  async run({ positionals: [shell = ""], io, commands }) {
    const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
    if (script === undefined) throw usageError(`completion: the shell must be ${wordList(Object.keys(SHELLS))}`);
    io.stdout(`${script(await vocabulary(commands))}\n`);
    return EXIT.ok;
  },
};
