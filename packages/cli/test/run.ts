import { main } from "../src/main.ts";

/** What one command line left behind. */
export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line with the environment given, as a pipe would see it. */
export async function run(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
  terminal = false,
  columns = 100,
): Promise<Run> {
  const out: Uint8Array[] = [];
  let err = "";
  const code = await main(args, {
    stdout: (output) => void out.push(typeof output === "string" ? Buffer.from(output) : output),
    stderr: (text) => {
      err += text;
    },
    env,
    isTerminal: terminal,
    columns,
  });
  return { code, out: Buffer.concat(out).toString("utf8"), err };
}
