import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Local, startLocal } from "@countersign/testing";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Daemon as Server, Prepared } from "../../packages/cli/src/daemon/life.ts";
import { prepareServer } from "../../packages/cli/src/serve/server.ts";

/** The access list of the guide, as it stands there. */
const [, line = ""] =
  /```acl\n\s*user (.+)\n\s*```/u.exec(readFileSync(new URL("../../docs/broker-guide.md", import.meta.url), "utf8")) ??
  [];
const ROLE = "arn:aws:iam::123456789012:role/inference";
const TOKEN = "a-container-token";

let folder: string;
let aws: Local;
let redis: ChildProcess;
let redisPort: number;
const running: { server: Server; prepared: Prepared }[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-serve-store-"));
  aws = await startLocal({ port: 0, roles: [ROLE] });
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 -keyout redis.key -out redis.pem";
  execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "pipe" });
  writeFileSync(path.join(folder, "users.acl"), `user default off\nuser ${line}\n`);
  redisPort = await freePort();
  const options = `--port 0 --tls-port ${redisPort} --bind 127.0.0.1 --tls-cert-file redis.pem --tls-key-file redis.key --tls-auth-clients no --aclfile users.acl --save`;
  redis = spawn("redis-server", [...options.split(" "), "", "--dir", folder], { cwd: folder, stdio: "pipe" });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    redis.stdout?.on("data", (part: Buffer) => {
      said += part.toString();
      if (said.includes("Ready to accept connections")) resolve();
    });
    redis.once("error", reject).once("exit", () => reject(new Error(`redis-server ended: ${said}`)));
  });
});
afterEach(async () => {
  for (const { server, prepared } of running.splice(0)) {
    await server.stop();
    await prepared.close();
  }
});
afterAll(async () => {
  redis.kill("SIGKILL");
  if (redis.signalCode === null) await once(redis, "exit");
  await aws.close();
  rmSync(folder, { recursive: true });
});

const secret = (name: string, value: string): { file: string } => {
  const file = path.join(folder, name);
  writeFileSync(file, value, { mode: 0o600 });
  return { file };
};

async function start(change: object = {}) {
  const port = await freePort();
  const file = path.join(folder, `broker-${port}.json`);
  const write = (store: object): void =>
    writeFileSync(
      file,
      JSON.stringify({
        region: "us-east-1",
        source: "inference-service",
        store: {
          kind: "valkey",
          servers: [`rediss://localhost:${redisPort}`],
          username: "broker",
          password: secret("password", "secret"),
          ca: path.join(folder, "redis.pem"),
          namespace: "inference",
          keyring: [{ id: "old", key: { file: path.join(folder, "old") } }],
          ...store,
        },
        listen: [{ port }],
        vending: {
          hosts: [`127.0.0.1:${port}`],
          grants: {
            task: {
              kind: "container",
              roleArn: ROLE,
              tokenSha256: [createHash("sha256").update(TOKEN).digest("hex")],
            },
          },
        },
        watchSeconds: 0,
      }),
    );
  write(change);
  let err = "";
  const io = {
    stdout: () => undefined,
    stderr: (text: string) => void (err += text),
    env: { HOME: folder, ...aws.environment },
    isTerminal: false,
    columns: 80,
  };
  const prepared = await prepareServer(file, io);
  const server = await prepared.serve();
  running.push({ server, prepared });
  const vend = (): Promise<{ status: number; id: string | undefined }> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: TOKEN };
      const asking = http.request(
        `http://127.0.0.1:${port}/v1/credentials/task`,
        { headers, agent: false },
        (answer) => {
          let body = "";
          answer.on("data", (part: Buffer) => (body += part.toString()));
          answer.on("end", () =>
            resolve({ status: answer.statusCode ?? 0, id: (JSON.parse(body) as { AccessKeyId?: string }).AccessKeyId }),
          );
        },
      );
      asking.on("error", reject).end();
    });
  const served = async (): Promise<string | undefined> => {
    await expect.poll(async () => (await vend()).status).toBe(200);
    return (await vend()).id;
  };
  return { server, write, served, log: () => err };
}

it("two servers share sessions over TLS with the guide's access list, and the keyring rotates while they run", async () => {
  secret("old", randomBytes(32).toString("base64"));
  secret("new", randomBytes(32).toString("base64"));
  const rings = {
    first: { keyring: [{ id: "old", key: { file: path.join(folder, "old") } }] },
    both: {
      keyring: [
        { id: "new", key: { file: path.join(folder, "new") } },
        { id: "old", key: { file: path.join(folder, "old") } },
      ],
    },
    last: { keyring: [{ id: "new", key: { file: path.join(folder, "new") } }] },
  };
  const one = await start(rings.first);
  const first = await one.served();
  const two = await start(rings.first);
  expect(await two.served()).toBe(first);
  expect(aws.calls({ operation: "AssumeRole" })).toHaveLength(1);

  for (const { write, server } of [one, two]) {
    write(rings.both);
    expect(await server.reload()).toBe("ok");
  }
  // A server that starts now reads what the old key sealed.
  const three = await start(rings.both);
  expect(await three.served()).toBe(first);
  expect(aws.calls({ operation: "AssumeRole" })).toHaveLength(1);
  // One that lacks the old key fetches for itself, and says why.
  const four = await start(rings.last);
  expect(await four.served()).not.toBe(first);
  expect(four.log()).toContain("RECORD_KEY_UNKNOWN");
  // Another namespace needs a restart.
  one.write({ ...rings.both, namespace: "other" });
  expect(await one.server.reload()).toBe("refused");
  expect(one.log()).toContain("/store/namespace: must stay as it is");
  expect(await one.served()).toBe(first);
});

it("a wrong password, and a server whose certificate is not trusted, cost no caller anything, and the log says why", async () => {
  secret("old", randomBytes(32).toString("base64"));
  const wrong = await start({ password: secret("wrong", "wrong"), namespace: "wrong" });
  expect(await wrong.served()).toBeDefined();
  expect(wrong.log()).toMatch(/"event":"store\.(?:alarm|open)".*(?:WRONGPASS|NOAUTH)/u);
  const untrusted = await start({ ca: undefined, namespace: "untrusted" });
  expect(await untrusted.served()).toBeDefined();
  await expect.poll(() => untrusted.log(), { timeout: 20_000 }).toContain('"event":"store.open"');
});
