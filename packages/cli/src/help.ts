import { type Command, COMMON_OPTIONS } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import type { Style } from "./style.ts";
import { alignColumns } from "./table.ts";
import { wrap } from "./wrap.ts";

/** The widest line: longer ones are hard to read. */
const WIDEST = 100;

/** The columns for the text beside a name and the two gaps around the name. */
function roomFor(width: number, name: number): number {
  return Math.max(24, width - name - 4);
}

/** `countersign --help`. */
export function overview(style: Style, columns: number): string {
  const width = Math.min(columns, WIDEST);
  const room = roomFor(width, Math.max(...Object.keys(COMMANDS).map(({ length }) => length)));
  const rows = Object.entries(COMMANDS).flatMap(([name, { summary }]) =>
    wrap(summary, room).map((line, index) => ["", index === 0 ? style.bold(name) : "", line]),
  );
  return [
    `${style.bold("countersign")} COMMAND [options]`,
    "",
    ...wrap(
      "Signs, sends and explains SageMaker requests, vends the credentials that sign them, and checks the posture of both.",
      width,
    ),
    "",
    ...alignColumns(rows),
    "",
    ...wrap(
      "countersign COMMAND --help describes one command, and countersign --version prints the version. Region, profile, endpoints and certificate authorities come from the environment and files of other AWS tools: AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL, AWS_CA_BUNDLE.",
      width,
    ),
    "",
    ...wrap("Exit codes: 0 success, 1 finding or refusal, 2 usage, 3 credentials, 4 network or TLS, 5 service.", width),
    "",
  ].join("\n");
}

/** `countersign NAME --help`. */
export function commandHelp(name: string, command: Command, style: Style, columns: number): string {
  const { summary } = COMMANDS[name] ?? { summary: "" };
  const specs = Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(
    ([option, { short, value, help }]) =>
      [
        `${short === undefined ? "    " : `-${short}, `}--${option}${value === undefined ? "" : ` ${value}`}`,
        help,
      ] as const,
  );
  const width = Math.min(columns, WIDEST);
  const room = roomFor(width, Math.max(...specs.map(([option]) => option.length)));
  const options = specs.flatMap(([option, help]) =>
    wrap(help, room).map((line, index) => ["", index === 0 ? option : "", line]),
  );
  const details = command.details?.split("\n\n").flatMap((paragraph) => ["", ...wrap(paragraph, width)]);
  return [
    style.bold(`countersign ${command.usage}`),
    "",
    ...wrap(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, width),
    ...(details ?? []),
    "",
    style.bold("Options"),
    ...alignColumns(options),
    "",
    style.bold("Examples"),
    ...command.examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}
