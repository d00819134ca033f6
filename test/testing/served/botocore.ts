import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const asked = spawnSync("python3", ["-c", "import botocore; print(botocore.__version__)"], { encoding: "utf8" });

/** The installed botocore; undefined: none is installed. */
export const botocoreVersion = asked.status === 0 ? asked.stdout.trim() : undefined;

/** One line of a script's output. */
export interface BotocoreRead {
  readonly service: string;
  readonly operation: string;
  readonly known: boolean;
  readonly missing?: readonly string[];
  readonly error?: unknown;
  /** The last line of a service: its operations. */
  readonly operations?: readonly string[];
}

/** Runs a script of this folder. The local AWS is in this process, so this process must not block meanwhile. */
export async function botocore(script: string, input: string): Promise<readonly BotocoreRead[]> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn("python3", ["-B", file], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(input);
  let output = "";
  for await (const chunk of child.stdout) output += String(chunk);
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as BotocoreRead);
}
