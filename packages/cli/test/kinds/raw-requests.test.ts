import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Local, startLocal } from "@countersign/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Daemon, Prepared } from "../../src/daemon/life.ts";
import { prepareServer } from "../../src/serve/server.ts";

const ROLE = "arn:aws:iam::123456789012:role/inference";
const TOKEN = "a-container-token";
const HOST = "broker.example.com";

let folder: string;
let aws: Local;
let prepared: Prepared;
let server: Daemon;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-raw-"));
  aws = await startLocal({ port: 0, roles: [ROLE] });
  const file = path.join(folder, "broker.json");
  const tokenSha256 = [createHash("sha256").update(TOKEN).digest("hex")];
  const grants = { task: { kind: "container", roleArn: ROLE, tokenSha256 } };
  const vending = {
    hosts: [HOST, `${HOST}:443`, "127.0.0.1"],
    grants,
    limits: { perAddress: 1000, rejectedPerAddress: 1000 },
  };
  writeFileSync(file, JSON.stringify({ version: 1, region: "us-east-1", listen: [{ port: 0 }], vending }));
  const silent = { stdout: () => undefined, stderr: () => undefined, isTerminal: false, columns: 80 };
  prepared = await prepareServer(file, { ...silent, env: { HOME: folder, ...aws.environment } });
  server = await prepared.serve();
  port = Number(new URL(server.addresses[0] ?? "").port);
});
afterAll(async () => {
  await server.stop();
  await prepared.close();
  await aws.close();
  rmSync(folder, { recursive: true });
});

/** The whole answer to the bytes of a request. */
function send(lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write([...lines, "connection: close", "", ""].join("\r\n")));
    socket.on("data", (part) => (answer += part.toString("latin1")));
    socket.on("end", () => resolve(answer)).on("error", reject);
  });
}
/** A busy machine answers 503 while it fetches the session. */
async function statusOf(lines: readonly string[]): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const status = Number((await send(lines)).split(" ")[1]);
    if (status !== 503 || attempt === 100) return status;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
const get = (target: string, ...more: readonly string[]): string[] => [`GET ${target} HTTP/1.1`, ...more];
const own = [`host: ${HOST}`, `authorization: ${TOKEN}`];
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `x${index}: y`);

describe("kind: what is checked is what is sent: a request line", () => {
  it.each([
    ["the path", "/v1/credentials/task", own],
    ["the host as a proxy would write it", `http://${HOST}/v1/credentials/task`, own],
    ["the port that the scheme implies", `https://${HOST}/v1/credentials/task`, [`host: ${HOST}:443`, own[1] ?? ""]],
  ])("that names %s is answered", async (_, target, headers) => {
    expect(await statusOf(get(target, ...headers))).toBe(200);
  });

  it.each([
    ["another host", `http://evil.example/v1/credentials/task`],
    ["another port", `http://${HOST}:8080/v1/credentials/task`],
    ["another host that begins like it", `http://${HOST}.evil.example/v1/credentials/task`],
    ["its host as a user name", `http://${HOST}@evil.example/v1/credentials/task`],
  ])("that names %s than the Host is refused", async (_, target) => {
    expect(await statusOf(get(target, ...own))).toBe(421);
  });

  it.each([
    ["a user before its host", `http://evil.example:80@${HOST}/v1/credentials/task`],
    ["its host after three slashes", `http:///${HOST}/v1/credentials/task`],
    ["its host with an escape", `http://broker%2eexample.com/v1/credentials/task`],
  ])("that has %s is refused: readers differ", async (_, target) => {
    expect(await statusOf(get(target, ...own))).toBe(421);
  });

  it.each([
    ["127.0.0.1", 200],
    ["0177.0.0.1", 421],
    ["0x7f.0.0.1", 421],
    ["127.1", 421],
    ["2130706433", 421],
    ["127.0.0.1.", 421],
    ["127.0.0.0x1", 421],
  ])(
    "that has the address %s is answered with %i: readers differ in other numbers than four decimal ones",
    async (address, status) => {
      const headers = ["host: 127.0.0.1", `authorization: ${TOKEN}`];
      expect(await statusOf(get(`http://${address}/v1/credentials/task`, ...headers))).toBe(status);
    },
  );
});

describe("kind: what is checked is what is sent: headers beyond those that Node keeps", () => {
  it.each([
    ["of a page", "origin: https://evil.example"],
    ["of an unknown proxy", "x-forwarded-for: 192.0.2.1"],
    ["with a second token", "authorization: other"],
  ])("%s are not overlooked", async (_, hidden) => {
    for (const count of [995, 1000, 1998, 2100]) {
      expect(await statusOf(get("/v1/credentials/task", ...own, ...many(count), hidden))).toBeGreaterThanOrEqual(400);
    }
  });

  it("many headers are no fault", async () => {
    expect(await statusOf(get("/v1/credentials/task", ...own, ...many(900)))).toBe(200);
  });
});

it("no answer is kept by caches", async () => {
  for (const target of ["/", "/healthz", "/readyz", "/v1/credentials/none", "/v1/vend/none", "/v1/credentials/task"]) {
    expect([target, await send(get(target, ...own))]).toEqual([
      target,
      expect.stringMatching(/cache-control: no-store/i),
    ]);
  }
});
