import { parseArgs } from "node:util";
import { listOf, nearestName, shape } from "@countersign/signer/options";
import { usageError } from "./cli-error.ts";
import { COMMON_OPTIONS, type OptionSpec, type OptionSpecs, type OptionValues, parseArgsOptions } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT } from "./exit-codes.ts";
import { commandHelp, overview } from "./help.ts";
import { type Io, harmlessIo, processIo } from "./io.ts";
import { reportFailure } from "./report-failure.ts";
import { createStyle } from "./style.ts";
import { VERSION } from "./version.ts";

/**
 * Runs one command line and returns the exit code.
 *
 * @param args the arguments after the program's name.
 * @param given streams and environment; default: the process's own.
 *
 * @example
 * process.exitCode = await main(["sign", "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations"]);
 */
export async function main(args: readonly string[], given: Io = processIo()): Promise<number> {
  listOf(shape("text", (value) => typeof value === "string"))(args, "args", (message) => {
    throw usageError(message);
  });
  const io = harmlessIo(given);
  const style = createStyle(io);
  const [name, ...rest] = args;
  try {
    const [topic] = rest;
    if (name === "help" && topic !== undefined && !topic.startsWith("-")) return await main([topic, "--help"], given);
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      io.stdout(overview(style, io.columns));
      return name === undefined ? EXIT.usage : EXIT.ok;
    }
    if (name === "--version" || name === "-v" || name === "version") {
      io.stdout(`${VERSION}\n`);
      return EXIT.ok;
    }
    const entry = COMMANDS[name];
    if (entry === undefined) throw usageError(`${JSON.stringify(name)} is not a command${suggestion(name)}`);
    const command = await entry.load();
    const { values, positionals, isLiteral } = parse(name, rest, { ...command.options, ...COMMON_OPTIONS });
    if (values["help"] === true) {
      io.stdout(commandHelp(name, command, style, io.columns));
      return EXIT.ok;
    }
    const [unexpected] = positionals.slice(command.operands ?? 0);
    if (unexpected !== undefined) throw usageError(`${name}: ${JSON.stringify(unexpected)} is one argument too many`);
    return await command.run({ options: values, positionals, isLiteral, io, commands: COMMANDS });
  } catch (error) {
    // What stands after -- belongs to another program.
    const own = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
    return reportFailure(error, name, own.includes("--json"), io);
  }
}

function parse(
  name: string,
  args: readonly string[],
  specs: OptionSpecs,
): { readonly values: OptionValues; readonly positionals: string[]; readonly isLiteral: boolean } {
  checkNames(name, args, specs);
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...args],
      options: parseArgsOptions(specs),
      allowPositionals: true,
      strict: true,
      tokens: true,
    });
    const isLiteral = tokens.find(({ kind }) => kind !== "option")?.kind === "option-terminator";
    return { values: values as OptionValues, positionals, isLiteral };
  } catch (error) {
    const [first = ""] = error instanceof Error ? error.message.split(". ") : [];
    throw usageError(`${name}: ${first.replace(/\.$/, "")}`);
  }
}

/**
 * Refuses an option that the command does not have, naming the nearest one that it has; an option without its value; and a
 * value of an option that takes none.
 */
function checkNames(name: string, args: readonly string[], specs: OptionSpecs): void {
  const { tokens } = parseArgs({
    args: [...args],
    options: parseArgsOptions(specs),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (spec !== undefined) {
      checkValue(name, token.rawName, token.value, spec);
      continue;
    }
    const near = nearestName(token.name, Object.keys(specs));
    const isForeign = name === "exec" && tokens.some(({ kind, index }) => kind === "positional" && index < token.index);
    if (isForeign) throw usageError(`exec: ${token.rawName} is not an option of exec; write -- before the command`);
    const advice = near === undefined ? `see countersign ${name} --help` : `did you mean --${near}?`;
    throw usageError(`${name}: ${token.rawName} is not an option; ${advice}`);
  }
}

function checkValue(
  name: string,
  option: string,
  given: string | undefined,
  { type, value = "VALUE" }: OptionSpec,
): void {
  if (type === "string" && given === undefined)
    throw usageError(`${name}: ${option}: must have a value: ${option} ${value}`);
  if (type === "boolean" && given !== undefined) throw usageError(`${name}: ${option}: must have no value`);
}

/** The command that was probably meant: the nearest name, or one that begins like it. */
function suggestion(name: string): string {
  const known = name.startsWith("-") ? ["--help", "--version"] : Object.keys(COMMANDS);
  const near = nearestName(name, known) ?? known.find((one) => one.startsWith(name) || name.startsWith(one));
  return near === undefined ? "" : `; did you mean ${near}?`;
}
