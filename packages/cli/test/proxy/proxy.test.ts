import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { PlaceholderKey } from "@countersign/proxy";
import { createSigner } from "@countersign/signer";
import { type Local, startLocal } from "@countersign/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../run.ts";

const ROLE = "arn:aws:iam::123456789012:role/inference";
const bin = fileURLToPath(new URL("../../bin/countersign.mjs", import.meta.url));
let aws: Local;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-proxy-"));
  aws = await startLocal({ port: 0, roles: [ROLE] });
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await aws.close();
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string, content: unknown): string => {
  const place = path.join(folder, name);
  writeFileSync(place, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return place;
};

const keyIn = (name: string): PlaceholderKey =>
  JSON.parse(readFileSync(path.join(folder, name), "utf8")) as PlaceholderKey;

async function configured(change: object = {}): Promise<string> {
  const { out } = await run(["proxy", "--issue"]);
  const keyFile = file("key.json", out);
  const client = { name: "notebook", keyFile, roleArn: ROLE, allow: [{ actions: ["sagemaker:InvokeEndpoint"] }] };
  return file("proxy.json", { version: 1, region: "us-east-1", listen: [{ port: 0 }], clients: [client], ...change });
}

describe("countersign proxy", () => {
  it("issues keys that no other call issues", async () => {
    const keys = await Promise.all(
      [1, 2].map(async () => JSON.parse((await run(["proxy", "--issue"])).out) as { accessKeyId: string }),
    );
    expect(keys[0]?.accessKeyId).toMatch(/^CSPX[A-Z2-7]{16}$/u);
    expect(keys[0]?.accessKeyId).not.toBe(keys[1]?.accessKeyId);
  });

  it("signs with the role of a client, records each request, reports its health, and drains before it ends", async () => {
    const config = await configured({
      admin: { port: 0 },
      forward: { port: 0, caFile: path.join(folder, "ca.pem") },
      drain: { delaySeconds: 300 },
    });
    const child = spawn(process.execPath, [bin, "proxy", config], {
      env: { PATH: process.env["PATH"], HOME: folder, ...aws.environment, NODE_NO_WARNINGS: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    let said = "";
    let recorded = "";
    child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
    child.stdout.on("data", (bytes: Buffer) => (recorded += bytes.toString()));
    await expect.poll(() => said, { timeout: 20_000 }).toContain('"role":"admin"');
    const lines = (): Record<string, string>[] =>
      said
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, string>);
    const at = (role: string): string => lines().find((line) => line["role"] === role)?.["address"] ?? "";
    expect(lines()).toMatchObject([
      { level: "info", event: "proxy.listening", role: "endpoint", address: expect.stringMatching(/^http:\/\/127/u) },
      { event: "proxy.listening", role: "forward", caFile: path.join(folder, "ca.pem") },
      { event: "proxy.listening", role: "admin" },
    ]);
    expect(readFileSync(path.join(folder, "ca.pem"), "utf8")).toContain("BEGIN CERTIFICATE");

    const signer = createSigner({ region: "us-east-1", credentials: keyIn("key.json") });
    const url = `${at("endpoint")}/endpoints/churn/invocations`;
    const signed = await signer.sign({ method: "POST", url, body: "{}" });
    const answer = await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" });
    expect([answer.status, await answer.text()]).toEqual([200, "{}"]);
    await expect.poll(() => recorded).toContain("\n");
    expect(JSON.parse(recorded)).toMatchObject({
      client: "notebook",
      actions: ["sagemaker:InvokeEndpoint"],
      decision: "sent",
      status: 200,
    });
    expect((await fetch(`${at("admin")}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${at("admin")}/metrics`)).text();
    expect(metrics).toContain('countersign_proxy_requests_total{client="notebook",action="sagemaker:InvokeEndpoint"');
    expect(metrics).toContain("countersign_config_refused 0");

    // The first signal takes it out of rotation, the second ends the wait.
    child.kill("SIGTERM");
    await expect.poll(() => said).toContain("proxy.draining");
    const draining = await fetch(`${at("admin")}/readyz`);
    expect([draining.status, await draining.text()]).toEqual([503, "draining\n"]);
    const again = await signer.sign({ method: "POST", url, body: "{ }" });
    expect((await fetch(again.url, { method: "POST", headers: again.headers, body: "{ }" })).status).toBe(200);
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    expect([code, lines().at(-1)?.["event"]]).toEqual([0, "proxy.stopped"]);
  });

  it.each<[string, object, RegExp]>([
    ["an unknown field", { listn: [] }, /proxy\.json:\d+: \/listn: is not a field; did you mean listen\?/u],
    [
      "a wrong port",
      { listen: [{ port: 70_000 }] },
      /proxy\.json:\d+: \/listen\/0\/port: must be a whole number from 0 to 65535/u,
    ],
    [
      "a client without identity",
      { clients: [{ name: "a", allow: [{ actions: ["sts:*"] }] }] },
      /\/clients\/0: must have keyFile/u,
    ],
    [
      "a missing key file",
      { clients: [{ name: "a", keyFile: "/nowhere/key.json", allow: [] }] },
      /cannot read \/nowhere\/key\.json/u,
    ],
    ["another version", { version: 2 }, /\/version: must be 1/u],
    [
      "a key that is too short",
      { clients: [{ name: "a", keyFile: "SHORT", allow: [] }] },
      /\/clients\/0\/key\/secretAccessKey: must be a secret of at least 32 characters/u,
    ],
    [
      "a file without a certificate",
      { listen: [{ certificateFile: "SHORT", keyFile: "SHORT" }] },
      /short\.json and \S+short\.json: must be a certificate and its key/u,
    ],
    [
      "the operators' address among those of clients",
      { listen: [{ port: 8080 }], admin: { port: 8080 } },
      /\/admin\/port: must not be the address of another listener/u,
    ],
    [
      "a token that would cross a network in the clear",
      { admin: { host: "0.0.0.0", port: 1, token: { env: "T" } } },
      /\/admin: must have certificate and key with a token/u,
    ],
    ["a token that is missing", { admin: { port: 1, token: { env: "NO_SUCH" } } }, /\/admin\/token: must be in/u],
    [
      "a socket where others can write",
      { listen: [{ socket: "/tmp/countersign-test.sock", client: "notebook" }] },
      /other users can write to \/tmp/u,
    ],
  ])("--check refuses %s with file, line and field", async (_, change, message) => {
    const short = file("short.json", { accessKeyId: "CSPXAAAAAAAAAAAAAAAA", secretAccessKey: "short" });
    const config = await configured(JSON.parse(JSON.stringify(change).replaceAll('"SHORT"', JSON.stringify(short))));
    const { code, err } = await run(["proxy", config, "--check"]);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });

  it("--check accepts what can be used", async () => {
    expect(await run(["proxy", await configured(), "--check"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("can be used"),
    });
  });
});
