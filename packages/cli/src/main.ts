import { parseArgs } from "node:util";
import { usageError } from "./cli-error.ts";
import { COMMON_OPTIONS, parseArgsOptions } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { commandHelp, overview } from "./help.ts";
import { type Io, processIo } from "./io.ts";
import { reportFailure } from "./report-failure.ts";
import { createStyle } from "./style.ts";
import { VERSION } from "./version.ts";

/**
 * Runs one command line and answers with the exit code.
 *
 * @param args what follows the program's name.
 * @param io streams and environment; default: the process's own.
 *
 * @example
 * process.exitCode = await main(["sign", "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations"]);
 */
export async function main(args: readonly string[], io: Io = processIo()): Promise<ExitCode> {
  const style = createStyle(io);
  const [name, ...rest] = args;
  try {
    const [topic] = rest;
    if (name === "help" && topic !== undefined && !topic.startsWith("-")) return await main([topic, "--help"], io);
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      io.stdout(overview(style, io.columns));
      return name === undefined ? EXIT.usage : EXIT.ok;
    }
    if (name === "--version" || name === "-v") {
      io.stdout(`${VERSION}\n`);
      return EXIT.ok;
    }
    const entry = COMMANDS[name];
    if (entry === undefined) throw usageError(`${JSON.stringify(name)} is no command${suggestion(name)}`);
    const command = await entry.load();
    const { values, positionals } = parse(name, rest, { ...command.options, ...COMMON_OPTIONS });
    if (values["help"] === true) {
      io.stdout(commandHelp(name, command, style, io.columns));
      return EXIT.ok;
    }
    const [unexpected] = positionals.slice(command.operands ?? 0);
    if (unexpected !== undefined) throw usageError(`${name}: ${JSON.stringify(unexpected)} is one argument too many`);
    return await command.run({ options: values, positionals, io, commands: COMMANDS });
  } catch (error) {
    return reportFailure(error, name, args.includes("--json"), io);
  }
}

function parse(
  name: string,
  args: readonly string[],
  specs: Parameters<typeof parseArgsOptions>[0],
): { readonly values: Record<string, string | boolean | string[] | undefined>; readonly positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: parseArgsOptions(specs),
      allowPositionals: true,
      strict: true,
    });
    return { values: values as Record<string, string | boolean | string[] | undefined>, positionals };
  } catch (error) {
    const [first = ""] = error instanceof Error ? error.message.split(". ") : [];
    throw usageError(`${name}: ${first.replace(/\.$/, "")}`);
  }
}

/** The command that was probably meant: one edit away, or one that begins like it. */
function suggestion(name: string): string {
  const near = Object.keys(COMMANDS).find(
    (known) => known.startsWith(name) || name.startsWith(known) || isNear(name, known),
  );
  return near === undefined ? "" : `; did you mean ${near}?`;
}

function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return Math.max(a.length, b.length) - start - end <= 2;
}
