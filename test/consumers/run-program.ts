import { spawn } from "node:child_process";

/** What a program wrote. */
export interface Written {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Where {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs a program to its end and returns what it wrote, whatever its exit code is. */
export function tryProgram([program = "", ...parameters]: readonly string[], { cwd, env }: Where): Promise<Written> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd,
      env: { ...process.env, NODE_OPTIONS: undefined, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs a program that must succeed. */
export async function runProgram(command: readonly string[], where: Where): Promise<string> {
  const { code, stdout, stderr } = await tryProgram(command, where);
  if (code !== 0) throw new Error(`${command.slice(1).join(" ")}: exit code ${code}\n${stdout}${stderr}`);
  return stdout;
}
