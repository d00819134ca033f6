import { createHash, randomBytes } from "node:crypto";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import http from "node:http";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import type { TLSSocket } from "node:tls";
import path from "node:path";
import { type Local, startLocal } from "@countersign/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Io } from "../../src/io.ts";
import type { Daemon as Server, Prepared } from "../../src/daemon/life.ts";
import { prepareServer } from "../../src/serve/server.ts";

const ROLE = "arn:aws:iam::123456789012:role/inference";
const OTHER = "arn:aws:iam::123456789012:role/other";
const TOKEN = "a-container-token";
const digest = createHash("sha256").update(TOKEN).digest("hex");

let aws: Local;
let folder: string;
const running: { server: Server; prepared: Prepared }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-live-"));
  aws = await startLocal({ port: 0, roles: [ROLE, OTHER] });
});
afterEach(async () => {
  for (const { server, prepared } of running.splice(0)) {
    server.hurry();
    await server.stop();
    await prepared.close();
  }
});
afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks as an SDK does: `fetch` would add the headers of a browser. */
function ask(url: string, headers: Record<string, string>): Promise<Response> {
  return new Promise((resolve, reject) => {
    const asking = http.request(url, { headers, agent: false }, (answer) => {
      let body = "";
      answer.on("data", (part: Buffer) => (body += part.toString()));
      answer.on("end", () => resolve(new Response(body, { status: answer.statusCode ?? 0 })));
    });
    asking.on("error", reject).end();
  });
}

interface Running {
  readonly server: Server;
  readonly file: string;
  readonly port: number;
  readonly log: () => Record<string, unknown>[];
  readonly audit: () => string;
  write(change: object): void;
  vend(grant?: string, token?: string): Promise<Response>;
  /** The access key of the first answer with credentials: a busy machine answers 503 while it fetches. */
  served(grant?: string): Promise<string>;
}

function configOf(port: number): Record<string, unknown> {
  return {
    version: 1,
    region: "us-east-1",
    listen: [{ port }],
    vending: {
      hosts: [`127.0.0.1:${port}`],
      grants: { task: { kind: "container", roleArn: ROLE, tokenSha256: [digest] } },
    },
    watchSeconds: 0,
  };
}

async function start(change: object = {}, env: Record<string, string> = {}): Promise<Running> {
  const port = await freePort();
  const file = path.join(folder, `broker-${port}.json`);
  const write = (more: object): void => writeFileSync(file, JSON.stringify({ ...configOf(port), ...more }, null, 2));
  write(change);
  let err = "";
  let out = "";
  const io: Io = {
    stdout: (text) => (out += String(text)),
    stderr: (text) => (err += text),
    env: { HOME: folder, ...aws.environment, ...env },
    isTerminal: false,
    columns: 80,
  };
  const prepared = await prepareServer(file, io);
  const server = await prepared.serve();
  running.push({ server, prepared });
  const vend: Running["vend"] = (grant = "task", token = TOKEN) =>
    ask(`http://127.0.0.1:${port}/v1/credentials/${grant}`, { authorization: token });
  return {
    server,
    file,
    port,
    write,
    audit: () => out,
    log: () =>
      err
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    vend,
    async served(grant) {
      let answer = await vend(grant);
      for (let attempt = 1; answer.status === 503 && attempt < 40; attempt++) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        answer = await vend(grant);
      }
      return ((await answer.json()) as { AccessKeyId: string }).AccessKeyId;
    },
  };
}

const vending = (port: number, grants: object): object => ({
  vending: { hosts: [`127.0.0.1:${port}`], grants },
});
const task = { kind: "container", roleArn: ROLE, tokenSha256: [digest] };

describe("a new configuration", () => {
  it("is taken while the broker runs: sessions, counts and open listeners stay", async () => {
    const live = await start({ admin: { port: await freePort() } });
    const first = await live.served();
    const calls = aws.calls({ operation: "AssumeRole" }).length;
    expect((await live.vend("second")).status).toBe(404);

    const admin = live.server.addresses.at(-1);
    live.write({
      admin: { port: Number(new URL(admin ?? "").port) },
      ...vending(live.port, { task, second: { ...task, roleArn: OTHER } }),
    });
    expect(await live.server.reload()).toBe("ok");
    expect(await live.served()).toBe(first);
    expect(aws.calls({ operation: "AssumeRole" })).toHaveLength(calls);
    expect(await live.served("second")).toBeTypeOf("string");
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toMatch(/countersign_vend_total\{grant="task",outcome="ok"\} 2/u);
    expect(metrics).toContain('countersign_config_reloads_total{outcome="ok"} 1');
    expect(metrics).toContain("process_resident_memory_bytes");
    expect(live.log()).toContainEqual(expect.objectContaining({ level: "info", event: "config.reloaded" }));
  });

  it.each<[string, (live: Running) => unknown, RegExp]>([
    ["that is not JSON", () => "{", /:1:2: not JSON/u],
    ["with a field of a wrong shape", () => ({ listen: [null] }), /:5: \/listen\/0: must be an object/u],
    [
      "with a grant that cannot be served",
      (live) => vending(live.port, { task: { ...task, roleArn: "x" } }),
      /roleArn/u,
    ],
    [
      "without the file of a certificate",
      () => ({ listen: [{ port: 1, certificate: "no.pem", key: "no.key" }] }),
      /no\.pem/u,
    ],
    ["with other limits", () => ({ limits: { burst: 1 } }), /\/limits: must stay as it is while the broker runs/u],
    ["of another principal", () => ({ profile: "other" }), /\/profile: must stay/u],
  ])("%s is refused, and the old one goes on", async (_, change, reason) => {
    const live = await start();
    const first = await live.served();
    const changed = change(live);
    if (typeof changed === "string") writeFileSync(live.file, changed);
    else live.write(changed as object);
    expect(await live.server.reload()).toBe("refused");
    expect(live.log()).toContainEqual(
      expect.objectContaining({ level: "error", event: "config.refused", reason: expect.stringMatching(reason) }),
    );
    expect(await live.served()).toBe(first);
    live.write({});
    expect(await live.server.reload()).toBe("ok");
  });

  it("whose new address is taken is refused, and opens nothing", async () => {
    const live = await start();
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const taken = (blocker.address() as { port: number }).port;
    const free = await freePort();
    live.write({ listen: [{ port: live.port }, { port: free }, { port: taken }] });
    expect(await live.server.reload()).toBe("refused");
    await expect(fetch(`http://127.0.0.1:${free}/healthz`)).rejects.toThrow("fetch failed");
    expect(await live.served()).toBeTypeOf("string");
    blocker.close();
  });

  it("is taken without another change once what stood in its way is gone", async () => {
    const live = await start({ watchSeconds: 1 });
    const refusals = (): unknown[] =>
      live
        .log()
        .filter(({ event }) => event === "config.refused")
        .map(({ reason }) => reason);
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const taken = (blocker.address() as { port: number }).port;
    live.write({ watchSeconds: 1, listen: [{ port: live.port }, { port: taken }] });
    await expect.poll(refusals).toEqual([expect.stringContaining("EADDRINUSE")]);
    await new Promise((resolve) => blocker.close(resolve));
    const health = (): Promise<number> =>
      fetch(`http://127.0.0.1:${taken}/healthz`).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(health).toBe(200);

    // A file that only the new configuration names, so that the watch does not see it. It is tried again, and told once.
    const token = path.join(folder, `late-${live.port}`);
    live.write({ watchSeconds: 1, admin: { port: 0, token: { file: token } } });
    await expect.poll(refusals).toHaveLength(2);
    expect(refusals()[1]).toBe(`cannot read ${token}: ENOENT`);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(refusals()).toHaveLength(2);
    writeFileSync(token, "an-operators-token");
    const reloads = (): number => live.log().filter(({ event }) => event === "config.reloaded").length;
    await expect.poll(reloads).toBe(2);
  });

  it("is ignored while the broker stops", async () => {
    const live = await start({ drain: { delaySeconds: 60 } });
    const free = await freePort();
    const stopped = live.server.stop();
    live.write({ listen: [{ port: live.port }, { port: free }] });
    expect(await live.server.reload()).toBe("refused");
    expect(live.log()).toContainEqual(
      expect.objectContaining({ event: "config.ignored", reason: "serve is stopping" }),
    );
    await expect(fetch(`http://127.0.0.1:${free}/healthz`)).rejects.toThrow("fetch failed");
    live.server.hurry();
    await stopped;
  });

  it("opens new addresses and closes those that it no longer names", async () => {
    const live = await start();
    await live.served();
    const other = await freePort();
    live.write({ listen: [{ port: other }], ...vending(other, { task }) });
    expect(await live.server.reload()).toBe("ok");
    const moved = async (): Promise<number> =>
      (await ask(`http://127.0.0.1:${other}/v1/credentials/task`, { authorization: TOKEN })).status;
    await expect.poll(moved).toBe(200);
    await expect
      .poll(() =>
        live.vend().then(
          () => "open",
          () => "closed",
        ),
      )
      .toBe("closed");
  });

  it("is taken by itself when the file changes", async () => {
    const live = await start({ watchSeconds: 1 });
    live.write({ watchSeconds: 1, ...vending(live.port, { task, second: task }) });
    await expect.poll(async () => (await live.vend("second")).status, { interval: 300 }).toBe(200);
  });
});

it("a renewed certificate is presented without a restart", async () => {
  const certificate = path.join(folder, "live.pem");
  const key = path.join(folder, "live.key");
  const issue = (name: string): void =>
    void execFileSync(
      "openssl",
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${name} -days 2 -keyout ${key} -out ${certificate}`.split(
        " ",
      ),
      { stdio: "pipe" },
    );
  issue("first");
  const port = await freePort();
  const change = { listen: [{ port, certificate, key }], admin: { port: 0 }, ...vending(port, { task }) };
  const live = await start(change);
  // It is valid for two days.
  const faults = (): unknown[] => live.log().filter(({ event }) => event === "certificate.fault");
  expect(faults()).toEqual([
    expect.objectContaining({ level: "warn", certificate, reason: expect.stringContaining("within a week") }),
  ]);
  const end = async (): Promise<number> => {
    const page = await (await fetch(`${live.server.addresses.at(-1)}/metrics`)).text();
    return Number(
      /^countersign_certificate_not_after_timestamp_seconds\{certificate="[^"]+"\} (\d+)$/mu.exec(page)?.[1],
    );
  };
  expect((await end()) - Date.now() / 1000).toBeLessThan(2 * 24 * 3600);
  expect((await end()) - Date.now() / 1000).toBeGreaterThan(2 * 24 * 3600 - 600);
  const subject = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const asking = request(
        { host: "127.0.0.1", port, path: "/healthz", rejectUnauthorized: false, agent: false },
        (answer) => {
          resolve((answer.socket as TLSSocket).getPeerCertificate().subject.CN as string);
          answer.resume();
        },
      );
      asking.on("error", reject).end();
    });
  expect(await subject()).toBe("first");
  issue("second");
  expect(await live.server.reload()).toBe("ok");
  expect(await subject()).toBe("second");
  // A certificate without its key is refused, as between the two writes of a renewal.
  writeFileSync(key, "not a key");
  expect(await live.server.reload()).toBe("refused");
  expect(await subject()).toBe("second");
});

it("static keys that are rotated in the file are used for the next fetch", async () => {
  const file = path.join(folder, "credentials");
  const write = (id: string, secret: string): void =>
    writeFileSync(file, `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`);
  write("AKIADELETEDEXAMPLE00", "deleted");
  const live = await start(vending(0, { task }), {
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    AWS_SHARED_CREDENTIALS_FILE: file,
  });
  live.write({});
  await live.server.reload();
  expect((await live.vend()).status).toBe(503);
  await expect
    .poll(() => live.log())
    .toContainEqual(expect.objectContaining({ event: "source.rejected", accessKeyId: "AKIADELETEDEXAMPLE00" }));
  const { AWS_ACCESS_KEY_ID: id = "", AWS_SECRET_ACCESS_KEY: secret = "" } = aws.environment;
  write(id, secret);
  expect(await live.server.reload()).toBe("ok");
  await expect.poll(async () => (await live.vend()).status, { timeout: 15_000 }).toBe(200);
});

describe("kind: a gate that cannot judge refuses: a pipe where a daemon that runs reads a file", () => {
  /** A pipe that another process writes to after a second: its reader waits that long. */
  function makePipe(name: string): string {
    const pipe = path.join(folder, name);
    rmSync(pipe, { force: true });
    execFileSync("mkfifo", [pipe]);
    execFile("sh", ["-c", 'sleep 1; echo x 1<> "$0"', pipe]).unref();
    return pipe;
  }

  function replaceByLink(file: string, target: string): void {
    rmSync(file);
    symlinkSync(target, file);
  }

  it.each<[string, (live: Running) => void]>([
    ["its configuration", ({ file }) => void makePipe(path.basename(file))],
    ["a device without an end in its place", ({ file }) => replaceByLink(file, "/dev/zero")],
    [
      "a file that only the next configuration names",
      (live) =>
        live.write({
          vending: {
            hosts: [`127.0.0.1:${live.port}`],
            grants: { task },
            identityProvider: { issuer: "https://id.example", audience: "a", jwksFile: makePipe("keys") },
          },
        }),
    ],
  ])("stops nothing: %s", async (_, replace) => {
    const live = await start();
    await live.served();
    replace(live);
    expect(await live.server.reload()).toBe("refused");
    expect(live.log().at(-1)).toMatchObject({ event: "config.refused", reason: expect.stringContaining("a pipe") });
    expect((await live.vend()).status).toBe(200);
  });
});

describe("the listener for operators", () => {
  it("has metrics, readiness, and with its token the snapshot and revocation; the public one has no metrics", async () => {
    const token = path.join(folder, "admin-token");
    writeFileSync(token, "operator\n", { mode: 0o600 });
    const live = await start({ admin: { port: await freePort(), token: { file: token } } });
    const [open, admin] = live.server.addresses;
    expect((await fetch(`${open}/metrics`)).status).toBe(404);
    expect((await fetch(`${open}/v1/snapshot`)).status).toBe(404);
    expect((await fetch(`${open}/readyz`)).status).toBe(200);
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${admin}/metrics`)).text()).toContain("countersign_sessions");

    const first = await live.served();
    const authorization = "Bearer operator";
    expect((await fetch(`${admin}/v1/snapshot`)).status).toBe(401);
    expect((await fetch(`${admin}/v1/snapshot`, { headers: { authorization: "Bearer other" } })).status).toBe(401);
    const page = { authorization, origin: "https://evil.example" };
    expect((await fetch(`${admin}/v1/revoke`, { method: "POST", headers: page, body: "{}" })).status).toBe(403);
    const snapshot = await (await fetch(`${admin}/v1/snapshot`, { headers: { authorization } })).json();
    expect(snapshot).toMatchObject({ roles: [{ state: "fresh" }] });
    expect(JSON.stringify(snapshot)).not.toContain("arn:");

    const revoke = (body: string): Promise<Response> =>
      fetch(`${admin}/v1/revoke`, { method: "POST", headers: { authorization }, body });
    expect((await revoke("")).status).toBe(400);
    expect((await revoke('{"roleARN":"x"}')).status).toBe(400);
    expect((await revoke('{"issuedBefore":"yesterday"}')).status).toBe(400);
    expect((await revoke(JSON.stringify({ roleArn: ROLE }))).status).toBe(200);
    expect(await live.served()).not.toBe(first);

    // A new token counts from the next reload.
    writeFileSync(token, "rotated");
    await live.server.reload();
    expect((await fetch(`${admin}/v1/snapshot`, { headers: { authorization } })).status).toBe(401);
  });
});

it("before it ends it reports 503 at /readyz, and serves until the delay is over", async () => {
  const live = await start({ drain: { delaySeconds: 6, graceSeconds: 1 } });
  await live.served();
  const stopping = live.server.stop();
  await expect
    .poll(async () => (await fetch(`http://127.0.0.1:${live.port}/readyz`)).status, { timeout: 5000 })
    .toBe(503);
  expect((await live.vend()).status).toBe(200);
  await stopping;
  await expect(live.vend()).rejects.toThrow("ECONNREFUSED");
  expect(live.log().map(({ event }) => event)).toContain("serve.stopped");
});

it("lines go to the files that the configuration names, and to new ones after they were moved away", async () => {
  const logFile = path.join(folder, "operator.log");
  const auditFile = path.join(folder, "audit.log");
  const live = await start({ log: { file: logFile, auditFile, level: "info" } });
  await live.served();
  await expect.poll(() => readFileSync(auditFile, "utf8")).toContain('"name":"vend.ok"');
  expect(readFileSync(logFile, "utf8")).toContain("serve.listening");
  rmSync(auditFile);
  await live.server.reload();
  await live.served();
  await expect.poll(() => readFileSync(auditFile, "utf8")).toContain('"name":"vend.ok"');
});

describe("a configuration is refused at the start", () => {
  const key = randomBytes(32).toString("base64");
  const store = {
    kind: "valkey",
    servers: ["redis://127.0.0.1:1"],
    namespace: "n",
    keyring: [{ id: "k", key: { env: "STORE_KEY" } }],
  };
  it.each<[string, object, RegExp]>([
    ["with a secret in it", { source: "s", store: { ...store, password: "secret" } }, /password: must be \{ "file"/u],
    [
      "with a password in an address",
      { source: "s", store: { ...store, servers: ["rediss://:p@h"] } },
      /without a password/u,
    ],
    [
      "with a store in the clear over a network",
      { source: "s", store: { ...store, servers: ["redis://valkey"] } },
      /must be rediss:/u,
    ],
    [
      "with a password for sentinels without sentinels",
      { source: "s", store: { ...store, sentinelPassword: { env: "GOOD" } } },
      /:\d+: \/store\/sentinelPassword: must be given with the mode sentinel only/u,
    ],
    [
      "with a user at the sentinels without a password",
      { source: "s", store: { ...store, mode: "sentinel", sentinelName: "p", sentinelUsername: "broker" } },
      /:\d+: \/store\/sentinelUsername: must be given with sentinelPassword only/u,
    ],
    [
      "with a password for sentinels that is not set",
      { source: "s", store: { ...store, mode: "sentinel", sentinelName: "p", sentinelPassword: { env: "NONE" } } },
      /\/store\/sentinelPassword: must/u,
    ],
    ["with a store and without the principal's name", { store }, /\/source: must name the principal/u],
    [
      "with an empty variable for a key",
      { source: "s", store: { ...store, keyring: [{ id: "k", key: { env: "NONE" } }] } },
      /variable NONE/u,
    ],
    [
      "with a key of another length",
      { source: "s", store: { ...store, keyring: [{ id: "k", key: { env: "SHORT" } }] } },
      /32 bytes in base64/u,
    ],
    [
      "with two keys of one id",
      { source: "s", store: { ...store, keyring: [store.keyring[0], store.keyring[0]] } },
      /:\d+: \/store\/keyring: must not have two keys/u,
    ],
    [
      "with a token over plain HTTP",
      { admin: { host: "0.0.0.0", port: 0, token: { env: "STORE_KEY" } } },
      /must have certificate and key with a token/u,
    ],
    [
      "with windows that cross",
      { windows: { advisoryMs: 1, mandatoryMs: 2 } },
      /:\d+: \/windows\/mandatoryMs: must be at most/u,
    ],
    ["with a session name that STS refuses", { sessionName: "a b" }, /\/sessionName: must be 1-64 letters/u],
    [
      "with a malformed key set",
      {
        vending: {
          hosts: ["a"],
          grants: { task },
          identityProvider: { issuer: "i", audience: "a", jwksFile: "/dev/null" },
        },
      },
      /jwksFile: must be a file with/u,
    ],
    ["with a log that cannot be written", { log: { file: "/nowhere/log" } }, /cannot write \/nowhere\/log/u],
  ])("%s", async (_, change, message) => {
    await expect(start(change, { STORE_KEY: key, SHORT: "AAAA" })).rejects.toThrow(message);
  });
});
