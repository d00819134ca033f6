import { type Command, type OptionSpecs } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import type { Style } from "./style.ts";
import { alignColumns } from "./table.ts";

/** Options that every command takes. */
export const COMMON_OPTIONS: OptionSpecs = {
  help: { type: "boolean", short: "h", help: "this text" },
  json: { type: "boolean", help: "the result as JSON on stdout" },
};

/** `countersign --help`. */
export function overview(style: Style): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => ["", style.bold(name), summary]);
  return [
    `${style.bold("countersign")} COMMAND [options]`,
    "",
    "Sign, send and explain SageMaker requests; vend the credentials they are signed with; check the posture of both.",
    "",
    ...alignColumns(rows),
    "",
    "countersign COMMAND --help tells more about one. Region, profile, endpoints and certificate authorities come from",
    "the environment and the files that other AWS tools read: AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL, AWS_CA_BUNDLE.",
    "",
    "Exit codes: 0 ok, 1 finding or refusal, 2 usage, 3 credentials, 4 network or TLS, 5 service.",
    "",
  ].join("\n");
}

/** `countersign NAME --help`. */
export function commandHelp(name: string, command: Command, style: Style): string {
  const { summary } = COMMANDS[name] ?? { summary: "" };
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(([option, spec]) => [
    "",
    `${spec.short === undefined ? "    " : `-${spec.short}, `}--${option}${spec.value === undefined ? "" : ` ${spec.value}`}`,
    spec.help,
  ]);
  return [
    style.bold(`countersign ${command.usage}`),
    "",
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...(command.details === undefined ? [] : ["", command.details]),
    "",
    style.bold("Options"),
    ...alignColumns(options),
    "",
    style.bold("Examples"),
    ...command.examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}
