import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { GuardError } from "@countersign/guard";
import { type Judged, type NestedTemplate, type ReadOptions, readTemplate } from "@countersign/guard/iac";
import { CliError } from "../cli-error.ts";
import { readingFilesOnly, readLimited } from "../read-limited.ts";

/**
 * Reads files, standard input for `-`, and the templates of a folder such as `cdk.out`. The template of a nested stack that lies
 * beside the file is read where it is nested, with the parameters that it gets there.
 *
 * @throws CliError `FILE_UNREADABLE`, and `INVALID_CONFIG` for a file that the guard cannot read.
 */
export function readFiles(names: readonly string[], options: Omit<ReadOptions, "file">): readonly Judged[] {
  const files = names.flatMap(templatesIn);
  const named = new Set(names);
  const bytesOfOne = (file: string): Uint8Array =>
    named.has(file) ? bytesOf(file) : readingFilesOnly(() => bytesOf(file));
  const nestedFiles = new Set<string>();
  const nested = (name: string, from: string | undefined): NestedTemplate | undefined => {
    const file = path.join(from === undefined || from === "stdin" ? "." : path.dirname(from), name);
    // A template names this file: a pipe or a terminal in its place would wait for ever.
    if (!isFile(file)) return undefined;
    try {
      const bytes = readingFilesOnly(() => readLimited(file));
      nestedFiles.add(path.resolve(file));
      return { file, bytes };
    } catch {
      return undefined;
    }
  };
  const judged: Judged[] = [];
  const waiting: string[] = [];
  for (const file of files)
    if (file.endsWith(NESTED)) waiting.push(file);
    else judged.push(...readOne(file, bytesOfOne(file), { ...options, nested }));
  // A nested template that no other one names is read by itself.
  for (const file of waiting)
    if (!nestedFiles.has(path.resolve(file))) judged.push(...readOne(file, bytesOfOne(file), { ...options, nested }));
  return judged;
}

/** How the CDK names the templates of nested stacks. */
const NESTED = ".nested.template.json";

function readOne(file: string, bytes: Uint8Array, options: Omit<ReadOptions, "file">): readonly Judged[] {
  try {
    return readTemplate(bytes, { ...options, file: file === "-" ? "stdin" : file });
  } catch (cause) {
    if (!(cause instanceof GuardError)) throw cause;
    throw new CliError("INVALID_CONFIG", `${file}: ${cause.message.replace(/^file: /, "")}`);
  }
}

/** The file itself; of a folder, the templates that the CDK wrote into it. */
function templatesIn(name: string): readonly string[] {
  const names = name === "-" ? undefined : namesIn(name);
  if (names === undefined) return [name];
  const found = names.filter((file) => file.endsWith(".template.json")).toSorted();
  if (found.length === 0)
    throw new CliError("INVALID_CONFIG", `${name}: has no *.template.json; name the files themselves`);
  const files = found.map((file) => path.join(name, file));
  const other = files.find((file) => !isFile(file));
  if (other !== undefined) throw new CliError("FILE_UNREADABLE", `${other}: must be a file; remove it from the folder`);
  return files;
}

/** What a folder holds, at any depth; `undefined`: it is no folder. @throws CliError `FILE_UNREADABLE`. */
function namesIn(name: string): readonly string[] | undefined {
  try {
    if (statSync(name, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
    return readdirSync(name, { recursive: true, encoding: "utf8" });
  } catch (cause) {
    throw new CliError("FILE_UNREADABLE", `cannot read ${name}`, { cause });
  }
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function bytesOf(name: string): Uint8Array {
  try {
    return readLimited(name === "-" ? 0 : name);
  } catch (cause) {
    throw new CliError("FILE_UNREADABLE", `cannot read ${name === "-" ? "standard input" : name}`, { cause });
  }
}
