import { checkBySchema } from "@countersign/broker/server";
import type { JsonSchema, RefuseField } from "@countersign/signer/schema";
import { CliError } from "../cli-error.ts";
import { parseJson, readTextFile } from "../input.ts";
import { lineOfPointer } from "../json-position.ts";
import { refusePlaceholders } from "./refuse-placeholders.ts";
import type { AdminConfig } from "./listen-config.ts";

/** What the files of all daemons have. */
export interface DaemonConfig {
  readonly admin?: AdminConfig;
  readonly log?: { readonly level?: "error" | "warn" | "info"; readonly file?: string; readonly auditFile?: string };
  readonly drain?: { readonly delaySeconds?: number; readonly graceSeconds?: number };
  readonly watchSeconds?: number;
}

/**
 * Reads a configuration file and checks it by its schema.
 *
 * @returns the configuration, and what throws `INVALID_CONFIG` with file, line and field.
 * @throws CliError `FILE_UNREADABLE`, `INVALID_CONFIG`.
 */
export function readConfigFile(
  file: string,
  schema: JsonSchema,
): { readonly config: unknown; readonly refuse: RefuseField } {
  const json = readConfigText(file);
  const refuse: RefuseField = (pointer, message) => {
    throw invalidConfig(file, json, pointer, message);
  };
  const content = parseJson(json, file);
  if (isDeeper(content, MAX_LEVELS))
    throw new CliError("INVALID_CONFIG", `${file}: must have at most ${MAX_LEVELS} levels`);
  refusePlaceholders(content, "", refuse);
  return { config: checkBySchema(schema, content, refuse), refuse };
}

/** A thousand grants, each with a session policy of 2,048 characters, have less. */
const MAX_MIB = 4;

/** The text of a configuration file. @throws CliError `FILE_UNREADABLE`, also for a file of more than 4 MiB. */
export function readConfigText(file: string): string {
  return readTextFile(file, MAX_MIB);
}

/** The schemas have fewer. What follows reads a value with its inner ones, for which the stack has no room without a limit. */
const MAX_LEVELS = 50;

/** Whether objects and lists within one another have more levels. */
function isDeeper(value: unknown, levels: number): boolean {
  let inner = [value];
  for (let level = 0; level <= levels; level++) {
    inner = inner.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
    if (inner.length === 0) return false;
  }
  return true;
}

/** An error about a field of the file, with the line of the field. */
export function invalidConfig(file: string, json: string, pointer: string, message: string): CliError {
  return new CliError(
    "INVALID_CONFIG",
    `${file}:${lineOfPointer(json, pointer)}: ${pointer === "" ? "the file" : pointer}: ${message}`,
  );
}

/**
 * Adds the file and line to an error about an option that the file contains.
 *
 * @param at the place of the options in the file, as a JSON pointer.
 */
export function withPosition<T>(file: string, at: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: string };
    if (error instanceof CliError || (code !== "INVALID_CONFIG" && code !== "INVALID_OPTION")) throw error;
    const [, field = "", rest = message ?? ""] = /^(\S*?): (.*)$/su.exec(message ?? "") ?? [];
    const pointer = field.startsWith("/")
      ? field.replace(/\/$/u, "")
      : `/${field.replaceAll("[", "/").replaceAll("]", "").replaceAll(".", "/")}`;
    throw invalidConfig(file, readConfigText(file), at + pointer, rest);
  }
}
