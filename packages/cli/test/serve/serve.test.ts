import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Local, startLocal } from "@countersign/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../run.ts";

const ROLE = "arn:aws:iam::123456789012:role/inference";
const bin = fileURLToPath(new URL("../../bin/countersign.mjs", import.meta.url));
let aws: Local;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-serve-"));
  aws = await startLocal({ port: 0, roles: [ROLE] });
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await aws.close();
  rmSync(folder, { recursive: true });
});

function config(name: string, content: object): string {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(content, null, 2));
  return file;
}

/** Starts the built command, as a user would, and waits for a line on stderr. */
async function start(
  args: readonly string[],
  until: RegExp,
  more: Readonly<Record<string, string>> = {},
  stdout: "pipe" | number = "pipe",
  before = ":",
): Promise<{ child: ChildProcess; err: () => string; out: () => string }> {
  const child = spawn("sh", ["-c", `${before} && exec "$0" "$@"`, process.execPath, bin, ...args], {
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      ...aws.environment,
      COUNTERSIGN_SOCKET: path.join(folder, "daemon.sock"),
      // The SDK warns of old versions of Node on stderr.
      NODE_NO_WARNINGS: "1",
      ...more,
    },
    stdio: ["ignore", stdout, "pipe"],
  });
  children.push(child);
  let err = "";
  let out = "";
  child.stderr?.on("data", (part: Buffer) => (err += part.toString()));
  child.stdout?.on("data", (part: Buffer) => (out += part.toString()));
  await expect.poll(() => err, { timeout: 20_000 }).toMatch(until);
  return { child, err: () => err, out: () => out };
}

describe("the daemon", () => {
  it("answers command lines from its cache, on a socket that only its user can open, and ends cleanly", async () => {
    const socket = path.join(folder, "daemon.sock");
    const { child } = await start(
      ["serve", config("daemon.json", { region: "us-east-1", commandLine: { roles: [ROLE] } })],
      /serve\.listening/,
    );
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const env = { ...process.env, COUNTERSIGN_SOCKET: socket };
    const first = await run(["credentials", ROLE], env);
    const second = await run(["credentials", ROLE], env);
    expect(first.code).toBe(0);
    expect(second.out).toBe(first.out);
    expect(aws.calls({ operation: "AssumeRole" })).toHaveLength(1);
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
  });

  it("gives out roles of its configuration alone", async () => {
    const socket = path.join(folder, "daemon.sock");
    const { child } = await start(
      ["serve", config("daemon.json", { region: "us-east-1", commandLine: { roles: [ROLE] } })],
      /serve\.listening/,
    );
    const status = await new Promise((resolve, reject) => {
      const asking = request(
        { socketPath: socket, path: "/v1/credential-process?role=arn:aws:iam::123456789012:role/admin" },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      asking.on("error", reject);
      asking.end();
    });
    expect(status).toBe(404);
    child.kill("SIGTERM");
    await once(child, "exit");
  });

  it("serves containers over loopback, with an audit line for each vend", async () => {
    const token = "0".repeat(64);
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))).toString("hex");
    const file = config("containers.json", {
      region: "us-east-1",
      listen: [{ port: 0 }],
      vending: { hosts: ["127.0.0.1"], grants: { task: { kind: "container", roleArn: ROLE, tokenSha256: [digest] } } },
    });
    const { child, err, out } = await start(["serve", file], /serve\.listening.*http/);
    const address = /http:\/\/[^\s"]+/.exec(err())?.[0] ?? "";
    // The host is checked with its port, which is only known now.
    expect((await fetch(`${address}/v1/credentials/task`, { headers: { authorization: token } })).status).toBe(421);
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    expect(out()).toContain('"name":"vend.denied"');
    expect(out()).not.toContain(token);
    child.kill("SIGTERM");
    await once(child, "exit");
  });
});

describe("signals", () => {
  const grants = (names: readonly string[]): object =>
    Object.fromEntries(
      names.map((name) => [name, { kind: "container", roleArn: ROLE, tokenSha256: ["0".repeat(64)] }]),
    );
  const content = (names: readonly string[]): object => ({
    region: "us-east-1",
    listen: [{ port: 0 }],
    admin: { port: 0 },
    vending: { hosts: ["127.0.0.1"], grants: grants(names) },
    drain: { delaySeconds: 60 },
    watchSeconds: 0,
  });

  it("SIGHUP takes the file as it is, a second SIGTERM ends the drain delay", async () => {
    const { child, err } = await start(
      ["serve", config("signals.json", content(["one"]))],
      /serve\.listening[^]*serve\.listening/,
    );
    config("signals.json", content(["one", "two"]));
    child.kill("SIGHUP");
    await expect.poll(err).toContain("config.reloaded");
    writeFileSync(path.join(folder, "signals.json"), "{");
    child.kill("SIGHUP");
    await expect
      .poll(err)
      .toMatch(/"level":"error".*"event":"config\.refused","reason":"[^"]*signals\.json:1:2: not JSON"/);
    child.kill("SIGTERM");
    await expect.poll(err).toContain("serve.draining");
    expect(child.exitCode).toBe(null);
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
    // Every line of the operator's log is JSON with a level, a time and an event.
    for (const line of err().trim().split("\n")) {
      expect(JSON.parse(line)).toMatchObject({
        level: expect.any(String),
        time: expect.any(String),
        event: expect.any(String),
      });
    }
  });

  it.skipIf(process.platform !== "linux")(
    "SIGHUP ends no process that starts or stops, and a third SIGTERM ends one whose clients hold it",
    async () => {
      const file = config("hangup.json", { ...content(["one"]), drain: { graceSeconds: 60 } });
      const { child, err } = await start(["serve", file], /^/);
      // Node needs some time before any listener for signals can be there.
      await expect.poll(() => readFileSync(`/proc/${child.pid}/status`, "utf8")).toMatch(/SigCgt:.*[13579bdf]$/mu);
      child.kill("SIGHUP");
      await expect.poll(err, { timeout: 20_000 }).toContain("config.reloaded");
      const port = Number(new URL(/http:[^"]+/u.exec(err())?.[0] ?? "").port);
      const half = connect(port, "127.0.0.1").on("error", () => undefined);
      half.write("GET /healthz HTTP/1.1\r\n");
      await once(half, "connect");
      // Behind a whole request of another connection, the half one has arrived.
      await fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: "close" } });
      child.kill("SIGTERM");
      await expect.poll(err).toContain("serve.draining");
      child.kill("SIGHUP");
      await expect.poll(err).toContain("config.ignored");
      child.kill("SIGTERM");
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(child.exitCode).toBe(null);
      child.kill("SIGTERM");
      expect(await once(child, "exit")).toEqual([null, "SIGTERM"]);
      half.destroy();
    },
  );

  it.skipIf(process.platform !== "linux")("with 64 files, a flood of callers leaves probes and STS alone", async () => {
    const file = config("files.json", { ...content(["one"]), commandLine: { roles: [ROLE] } });
    const { child, err } = await start(
      ["serve", file],
      /serve\.listening[^]*serve\.listening[^]*serve\.listening/,
      {},
      "pipe",
      "ulimit -n 64",
    );
    const [vending = "", admin = ""] = err().match(/http:[^"]+/gu) ?? [];
    const flood = Array.from({ length: 120 }, () =>
      connect(Number(new URL(vending).port), "127.0.0.1")
        .on("error", () => undefined)
        .resume(),
    );
    await expect.poll(() => flood.filter(({ destroyed }) => destroyed).length).toBe(96);
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    const env = { ...process.env, COUNTERSIGN_SOCKET: path.join(folder, "daemon.sock") };
    expect((await run(["credentials", ROLE], env)).code).toBe(0);
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toContain('countersign_connections_refused{listener="callers"} 96');
    expect(metrics).toContain('countersign_connections{listener="callers"} 24');
    for (const socket of flood) socket.destroy();
    await expect.poll(async () => (await fetch(`${vending}/healthz`).catch(() => undefined))?.status).toBe(200);
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  it("the operator reads on stderr which key STS rejects, where and why", async () => {
    const file = config("rejected.json", {
      region: "us-east-1",
      commandLine: { roles: [ROLE], socket: path.join(folder, "rejected.sock") },
    });
    const { child, err } = await start(["serve", file], /serve\.listening/, {
      AWS_ACCESS_KEY_ID: "AKIADELETEDEXAMPLE00",
      AWS_SECRET_ACCESS_KEY: "deleted-secret",
    });
    const env = { ...process.env, COUNTERSIGN_SOCKET: path.join(folder, "rejected.sock") };
    expect((await run(["credentials", ROLE], env)).code).not.toBe(0);
    await expect.poll(err).toContain('"event":"source.rejected"');
    const line = err()
      .split("\n")
      .find((one) => one.includes("source.rejected"));
    expect(JSON.parse(line ?? "")).toMatchObject({
      level: "error",
      accessKeyId: "AKIADELETEDEXAMPLE00",
      region: "us-east-1",
      code: "SOURCE_REJECTED",
      reason: expect.stringContaining("STS AssumeRole in us-east-1"),
    });
    expect(err()).not.toContain("deleted-secret");
    child.kill("SIGTERM");
    await once(child, "exit");
  });
});

it("--print-schema prints the published schema", async () => {
  const { code, out } = await run(["serve", "--print-schema"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual(
    JSON.parse(readFileSync(new URL("../../serve.schema.json", import.meta.url), "utf8")),
  );
});

describe("the audit trail", () => {
  const token = "0".repeat(64);
  async function daemon(name: string, stdout: "pipe" | number = "pipe") {
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))).toString("hex");
    const file = config(name, {
      region: "us-east-1",
      listen: [{ port: 0 }],
      vending: { hosts: ["127.0.0.1"], grants: { task: { kind: "container", roleArn: ROLE, tokenSha256: [digest] } } },
    });
    const started = await start(["serve", file], /serve\.listening.*http/, {}, stdout);
    const address = /http:\/\/[^\s"]+/.exec(started.err())?.[0] ?? "";
    return { ...started, address, ask: () => fetch(`${address}/v1/credentials/task`).then(({ status }) => status) };
  }

  it("may lose its reader: the daemon goes on, and ends cleanly", async () => {
    const { child, ask, err } = await daemon("reader.json");
    child.stdout?.destroy();
    for (let count = 0; count < 20; count++) expect(await ask()).toBe(421);
    expect(err()).not.toContain("EPIPE");
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
    expect(err()).toMatch(/audit: \d+ lines were dropped/);
  });

  it.skipIf(process.platform === "win32")("may have a reader that stalls: the daemon goes on and ends", async () => {
    const pipe = path.join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    // Open for both, so that opening does not wait; what is written fills 64 KiB, and then waits.
    const fd = openSync(pipe, "r+");
    const { child, address } = await daemon("stalled.json", fd);
    const vend = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const headers = { host: "127.0.0.1", authorization: token };
        request(`${address}/v1/credentials/task`, { headers }, (answer) => {
          answer.resume().once("end", () => resolve(answer.statusCode));
        })
          .once("error", reject)
          .end();
      });
    await expect.poll(vend).toBe(200);
    for (let count = 0; count < 20; count++) await Promise.all(Array.from({ length: 25 }, vend));
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    closeSync(fd);
  });

  it.skipIf(!existsSync("/dev/full"))(
    "may be on a full disk, as may the log: the daemon goes on and ends",
    async () => {
      const full = openSync("/dev/full", "w");
      const file = config("full.json", { region: "us-east-1", commandLine: { roles: [ROLE] } });
      const socket = path.join(folder, "daemon.sock");
      const child = spawn(process.execPath, [bin, "serve", file], {
        env: { PATH: process.env["PATH"], HOME: folder, ...aws.environment, COUNTERSIGN_SOCKET: socket },
        stdio: ["ignore", full, full],
      });
      children.push(child);
      await expect.poll(() => existsSync(socket)).toBe(true);
      const env = { ...process.env, COUNTERSIGN_SOCKET: socket };
      await expect.poll(async () => (await run(["credentials", ROLE], env)).code).toBe(0);
      child.kill("SIGTERM");
      expect(await once(child, "exit")).toEqual([0, null]);
      closeSync(full);
    },
  );
});

describe("a configuration", () => {
  it.each([
    ["that is not JSON", "{", /:1:2: not JSON/],
    [
      "with an unknown field",
      JSON.stringify({ liste: [] }, null, 2),
      /:2: \/liste: is not a field; did you mean listen\?/,
    ],
    ["that serves nothing", "{}", /:1: the file: must have vending, commandLine, or both/],
    [
      "without TLS for the network",
      JSON.stringify({ listen: [{ host: "0.0.0.0", port: 8443 }], vending: { hosts: ["a"], grants: {} } }, null, 2),
      /:3: \/listen\/0: must have certificate and key: other machines reach 0\.0\.0\.0/,
    ],
    [
      "with a grant that cannot be served",
      JSON.stringify(
        {
          region: "us-east-1",
          listen: [{ port: 0 }],
          vending: { hosts: ["a"], grants: { web: { kind: "container", roleArn: "x" } } },
        },
        null,
        2,
      ),
      /:15: \/vending\/grants\/web\/roleArn: must be the ARN of an IAM role/,
    ],
  ])("%s is refused with file and line", async (_, content, message) => {
    const file = path.join(folder, "wrong.json");
    writeFileSync(file, content);
    const { code, err } = await run(["serve", file, "--check"], { ...process.env, AWS_REGION: "us-east-1" });
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it("whose socket is another file leaves that file alone", async () => {
    const socket = path.join(folder, "notes.txt");
    writeFileSync(socket, "mine");
    const file = config("taken.json", { region: "us-east-1", commandLine: { roles: [ROLE], socket } });
    const { code, err } = await run(["serve", file]);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining("is a file, not a socket") });
    expect(readFileSync(socket, "utf8")).toBe("mine");
    const below = config("below.json", { region: "us-east-1", commandLine: { roles: [ROLE], socket: `${socket}/x` } });
    expect(await run(["serve", below])).toMatchObject({ code: 2, err: expect.stringContaining("COUNTERSIGN_SOCKET") });
  });

  it("that can be served passes --check", async () => {
    const file = config("good.json", { region: "us-east-1", commandLine: { roles: [ROLE] } });
    expect(await run(["serve", file, "--check"])).toMatchObject({ code: 0 });
    const { out } = await run(["serve", file, "--check", "--json"]);
    expect(JSON.parse(out)).toEqual({ file, ok: true });
  });
});

describe("the local AWS", () => {
  it("prints the environment that leads other programs to it", async () => {
    const { child, out } = await start(["local", "--port", "0", "--role", ROLE], /is listening on/);
    expect(out()).toMatch(/^export AWS_ENDPOINT_URL=https:\/\/localhost:\d+$/m);
    expect(out()).toContain("export AWS_CA_BUNDLE=");
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
  });
});
