import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Aws, startAws } from "@countersign/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// The command as it is built: signals reach a process.
const COMMAND = fileURLToPath(new URL("../../bin/countersign.mjs", import.meta.url));
const ROLE = "arn:aws:iam::123456789012:role/Training";

let folder = "";
let aws: Aws;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-signals-"));
  aws = await startAws({ roles: [ROLE] });
  writeFileSync(path.join(folder, "ca.pem"), aws.ca);
});
afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});

/** A command in a process of its own, with what it has written so far. */
function start(args: readonly string[]): {
  child: ChildProcess;
  written: () => string;
  until: (text: string) => Promise<void>;
} {
  const env = { ...aws.env, PATH: process.env["PATH"], HOME: folder, AWS_CA_BUNDLE: path.join(folder, "ca.pem") };
  const child = spawn(process.execPath, [COMMAND, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let written = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (written += part.toString()));
  return {
    child,
    written: () => written,
    until: async (text) => {
      for (let tries = 0; !written.includes(text); tries++) {
        if (tries === 300) throw new Error(`${text} did not come: ${written}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once("close", resolve));

describe.skipIf(process.platform === "win32")("SIGUSR1 opens no debugger", () => {
  it("and exec hands it on, as it does with SIGALRM", async () => {
    const script = `trap 'echo got-usr1' USR1; trap 'echo got-alrm; exit 9' ALRM; echo up; while :; do sleep 0.1; done`;
    const { child, written, until } = start(["exec", ROLE, "--", "/bin/sh", "-c", script]);
    const end = ended(child);
    await until("up");
    child.kill("SIGUSR1");
    await until("got-usr1");
    child.kill("SIGALRM");
    expect([await end, written()]).toEqual([9, "up\ngot-usr1\ngot-alrm\n"]);
  });

  it("and a daemon goes on", async () => {
    const config = path.join(folder, "serve.json");
    const socket = path.join(folder, "countersign.sock");
    writeFileSync(config, JSON.stringify({ version: 1, region: aws.region, commandLine: { roles: [ROLE], socket } }));
    const { child, written, until } = start(["serve", config]);
    const end = ended(child);
    await until("serve.listening");
    child.kill("SIGUSR1");
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill("SIGTERM");
    expect([await end, written()]).toEqual([0, expect.not.stringMatching(/debugger/i)]);
  });
});
