import { usageError } from "../cli-error.ts";
import { readJsonFile } from "../input.ts";

/**
 * Reads `--parameters`: `Name=Value`, or `@FILE` with the parameters as an object, or as the AWS CLI takes them: a list of
 * `ParameterKey` and `ParameterValue` for a stack, of `Name` and `Value` for an execution of a pipeline.
 *
 * @throws CliError `USAGE`.
 */
export function readParameters(given: readonly string[]): Readonly<Record<string, string>> {
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const option of given) {
    if (option.startsWith("@")) Object.assign(parameters, readParameterFile(option.slice(1)));
    else {
      const equals = option.indexOf("=");
      if (equals < 1) throw usageError(`--parameters: must be NAME=VALUE or @FILE, not ${JSON.stringify(option)}`);
      parameters[option.slice(0, equals)] = option.slice(equals + 1);
    }
  }
  return parameters;
}

function readParameterFile(file: string): Readonly<Record<string, string>> {
  const content = readJsonFile(file);
  const entries: readonly (readonly [unknown, unknown])[] = Array.isArray(content)
    ? content.map((entry: Readonly<Record<string, unknown>> | null) => [
        entry?.["ParameterKey"] ?? entry?.["Name"],
        entry?.["ParameterValue"] ?? entry?.["Value"],
      ])
    : Object.entries((content as { readonly Parameters?: object } | null)?.Parameters ?? content ?? {});
  if (!entries.every(([name, value]) => typeof name === "string" && typeof value === "string"))
    throw usageError(
      `--parameters @${file}: must be [{ "ParameterKey": …, "ParameterValue": … }], [{ "Name": …, "Value": … }] or { "NAME": "VALUE" }`,
    );
  return Object.fromEntries(entries as readonly (readonly [string, string])[]);
}
