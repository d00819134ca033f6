import { wordList } from "../choice-option.ts";
import { usageError } from "../cli-error.ts";
import { type Command, COMMON_OPTIONS, type Registry } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";

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

/** The command with which the scripts ask for the values of `--profile`. */
const PROFILE_NAMES = "countersign completion profiles 2>/dev/null";

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: ({ "": commands = [], ...options }) =>
    [
      "_countersign() {",
      '  local current="${COMP_WORDS[COMP_CWORD]}" words=""',
      `  if [ "\${COMP_WORDS[COMP_CWORD-1]}" = --profile ]; then words="$(${PROFILE_NAMES})"`,
      '  elif [ "$COMP_CWORD" -eq 1 ]; then',
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
      `  if [[ "\${words[CURRENT-1]}" == --profile ]]; then compadd -- \${(f)"$(${PROFILE_NAMES})"}; return; fi`,
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
        words.map((word) => {
          const values = word === "--profile" ? ` -x -a "(${PROFILE_NAMES})"` : "";
          return `complete -c countersign -n "__fish_seen_subcommand_from ${name}" -l ${word.slice(2)}${values}`;
        }),
      ),
    ].join("\n"),
};

/**
 * Names that no shell expands: bash expands the words of `compgen -W`, and a name could hold a command. A line that begins
 * with `::` is a command to a runner of GitHub Actions.
 */
const PLAIN_NAME = /^[\w.@+/-][\w.@:+/-]*$/;

async function profileNames({ env }: Pick<Io, "env">): Promise<readonly string[]> {
  const { settingsOf } = await import("@countersign/broker");
  const { files } = settingsOf({ env: { ...env, AWS_PROFILE: undefined } });
  return [...files.profiles.keys()].filter((name) => PLAIN_NAME.test(name)).toSorted();
}

export const completion: Command = {
  usage: "completion bash|zsh|fish",
  details:
    "The script completes commands, options and the names of profiles. It asks for the latter with `countersign completion\n" +
    "profiles`, which prints those of the shared files, one a line.",
  operands: 1,
  options: {},
  examples: [
    "source <(countersign completion bash)",
    "countersign completion fish > ~/.config/fish/completions/countersign.fish",
  ],
  async run({ positionals: [shell = ""], io, commands }) {
    if (shell === "profiles") {
      io.stdout((await profileNames(io)).map((name) => `${name}\n`).join(""));
      return EXIT.ok;
    }
    const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
    if (script === undefined) throw usageError(`completion: the shell must be ${wordList(Object.keys(SHELLS))}`);
    io.stdout(`${script(await vocabulary(commands))}\n`);
    return EXIT.ok;
  },
};
