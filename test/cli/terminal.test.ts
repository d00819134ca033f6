import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClock } from "@countersign/signer";
import { type Aws, startAws } from "@countersign/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runtimeBinary } from "../runtimes/binaries.ts";

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const countersign = [
  runtimeBinary("n24"),
  "--conditions=@countersign/source",
  "--no-warnings",
  fileOf("run-source.mjs"),
] as const;
const folder = mkdtempSync(path.join(os.tmpdir(), "countersign-terminal-"));
const SERIAL = "arn:aws:iam::123456789012:mfa/alice";
let aws: Aws<ReturnType<typeof createClock>>;
let env: Record<string, string>;

beforeAll(async () => {
  aws = await startAws({
    users: [{ name: "alice", mfa: { serialNumber: SERIAL, codes: ["246810", "654321"] } }],
    clock: createClock(),
  });
  const ca = path.join(folder, "ca.pem");
  writeFileSync(ca, aws.ca);
  const { accessKeyId, secretAccessKey } = aws.user;
  const config = path.join(folder, "config");
  writeFileSync(
    config,
    `[profile base]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n` +
      `[profile mfa]\nrole_arn = ${aws.role("Admin").arn}\nmfa_serial = ${SERIAL}\nsource_profile = base\nregion = ${aws.region}\n` +
      `[profile role]\nrole_arn = ${aws.role("Admin").arn}\nsource_profile = base\nregion = ${aws.region}\n`,
  );
  env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    AWS_CONFIG_FILE: config,
    AWS_ENDPOINT_URL: aws.url.all,
    AWS_CA_BUNDLE: ca,
    AWS_EC2_METADATA_DISABLED: "true",
  };
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await aws.close();
});

interface Shown {
  readonly shown: string;
  readonly answered: boolean;
  readonly status: number;
}

/** Runs a command line on a pseudo-terminal and answers its prompt. */
async function onTerminal(answer: string, ...args: readonly string[]): Promise<Shown> {
  const given = [fileOf("on_a_terminal.py"), `MFA code of ${SERIAL}: `, answer, ...countersign, ...args];
  const { stdout } = await promisify(execFile)("python3", given, { env });
  return JSON.parse(stdout) as Shown;
}

/** Runs a command line without a terminal. */
function start(...args: readonly string[]) {
  const [file, ...first] = countersign;
  const child = spawn(file, [...first, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.on("data", (part: Buffer) => (out += part.toString()));
  child.stderr.on("data", (part: Buffer) => (err += part.toString()));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, out, err })),
  );
  const shows = async (text: string): Promise<void> => {
    while (!out.includes(text) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  return { child, ended, shows };
}

const hasBotocore = spawnSync("python3", ["-c", "import botocore.session"]).status === 0;
if (!hasBotocore) console.warn("python3 has no botocore: exec's test with botocore is SKIPPED.");

describe("the code of an MFA device", { timeout: 60_000 }, () => {
  it("is asked for on a terminal, once and without showing it, also by exec before its command starts", async () => {
    const { shown, answered, status } = await onTerminal(
      "246810",
      "exec",
      "--profile",
      "mfa",
      "--",
      "sh",
      "-c",
      'echo "started with $AWS_REGION"',
    );
    expect({ answered, status }).toEqual({ answered: true, status: 0 });
    expect(shown.split("MFA code of")).toHaveLength(2);
    expect(shown).not.toContain("246810");
    expect(shown).toContain(`started with ${aws.region}`);
  });

  it("that is wrong is an error", async () => {
    const { shown, status } = await onTerminal("000000", "exec", "--profile", "mfa", "--", "echo", "started");
    expect(status).toBe(3);
    expect(shown).toContain("MultiFactorAuthentication failed");
    expect(shown).not.toContain("started");
  });

  it.each([
    ["the end of the input", "\u0004"],
    ["an interrupt", "\u0003"],
  ])("that is not entered is an error: %s", async (_, answer) => {
    const { shown, status } = await onTerminal(answer, "exec", "--profile", "mfa", "--", "echo", "started");
    expect(status).toBe(3);
    expect(shown).toContain(`the code of ${SERIAL} was not entered`);
    expect(shown).not.toContain("started");
  });

  it("cannot be asked for without a terminal, and the error says so", async () => {
    const { code, err } = await start("exec", "--profile", "mfa", "--", "echo", "started").ended;
    expect([code, err]).toEqual([3, expect.stringContaining("mfa_serial needs a code, and there is no terminal")]);
  });
});

describe("exec without a terminal", { timeout: 60_000 }, () => {
  const run = ["exec", "--profile", "role", "--"] as const;

  it.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"] as const)(
    "hands %s on, and the command's exit code",
    async (signal) => {
      const script = `trap 'echo got it; exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
      const { child, ended, shows } = start(...run, "sh", "-c", script);
      await shows("ready");
      child.kill(signal);
      expect(await ended).toEqual({ code: 9, out: "ready\ngot it\n", err: "" });
    },
  );

  it("hands on that a signal ended the command, as shells do", async () => {
    const { code } = await start(...run, "sh", "-c", "kill -KILL $$").ended;
    expect(code).toBe(128 + os.constants.signals.SIGKILL);
  });

  it.runIf(hasBotocore)(
    "gives botocore the session, which is the same source that an SDK of a container has",
    async () => {
      const script =
        "import botocore.session as s; c = s.get_session().get_credentials(); print(c.method, c.access_key[:4])";
      const { code, out, err } = await start(...run, "python3", "-c", script).ended;
      expect([code, out, err]).toEqual([0, "container-role ASIA\n", ""]);
    },
  );
});
