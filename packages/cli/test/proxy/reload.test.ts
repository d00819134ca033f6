import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { issueKey, type PlaceholderKey } from "@countersign/proxy";
import { createSigner } from "@countersign/signer";
import { type Local, startLocal } from "@countersign/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Daemon, Prepared } from "../../src/daemon/life.ts";
import type { Io } from "../../src/io.ts";
import { prepareProxy } from "../../src/proxy/server.ts";

const ROLE = "arn:aws:iam::123456789012:role/inference";
let aws: Local;
const folder = mkdtempSync(path.join(tmpdir(), "countersign-reload-"));
const running: { readonly daemon: Daemon; readonly prepared: Prepared }[] = [];

beforeAll(async () => {
  aws = await startLocal({ port: 0, roles: [ROLE] });
});
afterEach(async () => {
  for (const { daemon, prepared } of running.splice(0)) {
    await daemon.stop();
    await prepared.close();
  }
});
afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});

const allow = [{ actions: ["sagemaker:InvokeEndpoint"] }];
const client = (change: object = {}): object => ({
  name: "notebook",
  keyFile: path.join(folder, "key.json"),
  roleArn: ROLE,
  allow,
  ...change,
});

interface Running {
  readonly key: PlaceholderKey;
  readonly addresses: () => readonly string[];
  /** Writes the file with this change and takes it. */
  reload(change: object): Promise<"ok" | "refused">;
  /** The lines for the operator. */
  readonly log: () => Record<string, unknown>[];
  /** The status of an invocation, with this key. */
  invoke(at?: string | { readonly socketPath: string }, key?: PlaceholderKey): Promise<number>;
}

async function start(change: object = {}): Promise<Running> {
  const key = issueKey();
  writeFileSync(path.join(folder, "key.json"), JSON.stringify(key));
  const file = path.join(folder, "proxy.json");
  const write = (more: object): void =>
    writeFileSync(
      file,
      JSON.stringify(
        { version: 1, listen: [{ port: 0 }], clients: [client()], watchSeconds: 0, ...change, ...more },
        null,
        2,
      ),
    );
  write({});
  let err = "";
  const io: Io = {
    stdout: () => undefined,
    stderr: (text) => (err += text),
    env: { HOME: folder, ...aws.environment },
    isTerminal: false,
    columns: 80,
  };
  const prepared = await prepareProxy(file, io);
  const daemon = await prepared.serve();
  running.push({ daemon, prepared });
  const log: Running["log"] = () =>
    err
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const addresses = (): string[] => {
    const open: string[] = [];
    for (const { event, address } of log() as { event: string; address: string }[]) {
      if (event === "proxy.listening") open.push(address);
      if (event === "proxy.closing") open.splice(open.indexOf(address), 1);
    }
    return open;
  };
  return {
    key,
    addresses,
    log,
    async reload(more) {
      write(more);
      return daemon.reload();
    },
    async invoke(at = addresses()[0] ?? "", with_ = key) {
      const base = typeof at === "string" ? at : "http://localhost";
      const signer = createSigner({ region: "us-east-1", credentials: with_ });
      const signed = await signer.sign({ method: "POST", url: `${base}/endpoints/churn/invocations`, body: "{}" });
      return new Promise((resolve, reject) => {
        const options = { method: "POST", headers: signed.headers, agent: false, ...(typeof at !== "string" && at) };
        const asking = http.request(signed.url, options, (answer) => {
          answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
        });
        asking.on("error", reject).end("{}");
      });
    },
  };
}

describe("a running proxy takes", () => {
  it("other allowances, keys and limits, and keeps all of the old ones when one of the new is wrong", async () => {
    const proxy = await start();
    expect(await proxy.invoke()).toBe(200);
    const other = issueKey();
    writeFileSync(path.join(folder, "key.json"), JSON.stringify(other));
    expect(await proxy.reload({ clients: [client({ requestsPerSecond: 0 })] })).toBe("refused");
    expect(proxy.log().at(-1)).toMatchObject({
      level: "error",
      event: "config.refused",
      reason: expect.stringMatching(/proxy\.json:\d+: \/clients\/0\/requestsPerSecond: must be a whole number from 1/u),
    });
    expect([await proxy.invoke(), await proxy.invoke(undefined, other)]).toEqual([200, 403]);

    expect(await proxy.reload({})).toBe("ok");
    expect([await proxy.invoke(), await proxy.invoke(undefined, other)]).toEqual([403, 200]);
    await proxy.reload({ clients: [client({ allow: [{ actions: ["sagemaker:Describe*"] }] })] });
    expect(await proxy.invoke(undefined, other)).toBe(403);
  });

  it("addresses: a socket of a new client opens, an address that is gone closes", async () => {
    const proxy = await start({ listen: [{ port: 0 }] });
    const socketPath = path.join(folder, "agent.sock");
    const [before = ""] = proxy.addresses();
    const listen = [{ socket: socketPath, client: "agent" }];
    const agent = client({ name: "agent", keyFile: undefined });
    expect(await proxy.reload({ listen, clients: [client(), agent] })).toBe("ok");
    expect(proxy.addresses()).toEqual([socketPath]);
    expect(await proxy.invoke({ socketPath }, issueKey())).toBe(200);
    await expect(proxy.invoke(before)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("nothing of a configuration whose address cannot be had: not even a new client", async () => {
    const proxy = await start();
    const taken = new URL(proxy.addresses()[0] ?? "").port;
    const agent = issueKey();
    const keyFile = path.join(folder, "agent.json");
    writeFileSync(keyFile, JSON.stringify(agent));
    const clients = [client(), client({ name: "agent", keyFile })];
    expect(await proxy.reload({ clients, listen: [{ port: 0 }, { port: Number(taken) }] })).toBe("refused");
    expect(proxy.log().at(-1)).toMatchObject({ reason: expect.stringContaining("EADDRINUSE") });
    expect([await proxy.invoke(), await proxy.invoke(undefined, agent)]).toEqual([200, 403]);
  });

  it.each<[string, object, object]>([
    ["/region", {}, { region: "eu-west-1" }],
    ["/maxSkewMs", {}, { maxSkewMs: 1000 }],
    ["/maxBufferedBytes", {}, { maxBufferedBytes: 1000 }],
    ["/watchSeconds", {}, { watchSeconds: 7 }],
    ["/log/file", {}, { log: { file: "x.log" } }],
    ["/forward", {}, { forward: { port: 0, caFile: "ca.pem" } }],
    ["/forward/caFile", { forward: { port: 0, caFile: "/dev/null" } }, { forward: { port: 0, caFile: "ca.pem" } }],
    [
      "/listen/1/client",
      { listen: [{ port: 0 }, { socket: "SOCKET", client: "notebook" }] },
      {
        listen: [{ port: 0 }, { socket: "SOCKET", client: "agent" }],
        clients: [client({ keyFile: "KEY" }), { name: "agent", allow }],
      },
    ],
  ])("%s only with a restart, and says so", async (pointer, before, after) => {
    const place = (value: object): object =>
      JSON.parse(
        JSON.stringify(value)
          .replaceAll('"SOCKET"', JSON.stringify(path.join(folder, "fixed.sock")))
          .replaceAll('"KEY"', JSON.stringify(path.join(folder, "key.json"))),
      ) as object;
    const proxy = await start(place(before));
    expect(await proxy.reload(place(after))).toBe("refused");
    expect(proxy.log().at(-1)).toMatchObject({
      reason: expect.stringContaining(`${pointer}: must stay as it is while the proxy runs; restart it`),
    });
    expect(await proxy.invoke()).toBe(200);
  });
});

it("kind: a gate that cannot judge refuses: a pipe that the next configuration names stops nothing", async () => {
  const proxy = await start();
  const pipe = path.join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  execFile("sh", ["-c", 'sleep 1; echo x 1<> "$0"', pipe]).unref();
  expect(await proxy.reload({ clients: [client(), client({ name: "other", keyFile: pipe })] })).toBe("refused");
  expect(proxy.log().at(-1)).toMatchObject({ event: "config.refused", reason: expect.stringContaining("a pipe") });
  expect(await proxy.invoke()).toBe(200);
});

it("a proxy that only listens for HTTPS_PROXY writes the certificate of its authority, or does not start", async () => {
  const caFile = path.join(folder, "forward-ca.pem");
  await start({ listen: [], forward: { port: 0, caFile } });
  expect(readFileSync(caFile, "utf8")).toContain("BEGIN CERTIFICATE");
  await expect(start({ listen: [], forward: { port: 0, caFile: "/nowhere/ca.pem" } })).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
    message: "cannot write /nowhere/ca.pem",
  });
});
