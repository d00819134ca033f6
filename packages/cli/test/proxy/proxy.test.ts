import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
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

async function configured(change: object = {}): Promise<string> {
  const { out } = await run(["proxy", "--issue"]);
  const keyFile = file("key.json", out);
  const client = { name: "notebook", keyFile, roleArn: ROLE, allow: [{ actions: ["sagemaker:InvokeEndpoint"] }] };
  return file("proxy.json", { version: 1, listen: [{ port: 0 }], clients: [client], ...change });
}

describe("countersign proxy", () => {
  it("issues keys that no other call issues", async () => {
    const keys = await Promise.all(
      [1, 2].map(async () => JSON.parse((await run(["proxy", "--issue"])).out) as { accessKeyId: string }),
    );
    expect(keys[0]?.accessKeyId).toMatch(/^CSPX[A-Z2-7]{16}$/u);
    expect(keys[0]?.accessKeyId).not.toBe(keys[1]?.accessKeyId);
  });

  it("signs with the role of a client, records each request, reports its health, and ends when it is told to", async () => {
    const config = await configured({ admin: { port: 0 }, forward: { port: 0, caFile: path.join(folder, "ca.pem") } });
    const child = spawn(process.execPath, [bin, "proxy", config], {
      env: { PATH: process.env["PATH"], HOME: folder, ...aws.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    let said = "";
    let recorded = "";
    child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
    child.stdout.on("data", (bytes: Buffer) => (recorded += bytes.toString()));
    await expect.poll(() => said).toMatch(/listening on http/u);
    const url = /listening on (http\S+)/u.exec(said)?.[1] ?? "";
    const admin = /metrics and health on (http\S+)/u.exec(said)?.[1] ?? "";
    expect(said).toContain("HTTPS_PROXY=http://127.0.0.1:");
    expect(readFileSync(path.join(folder, "ca.pem"), "utf8")).toContain("BEGIN CERTIFICATE");

    const key = JSON.parse(readFileSync(path.join(folder, "key.json"), "utf8")) as {
      accessKeyId: string;
      secretAccessKey: string;
    };
    const signer = createSigner({ region: "us-east-1", credentials: key });
    const signed = await signer.sign({ method: "POST", url: `${url}/endpoints/churn/invocations`, body: "{}" });
    const answer = await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" });
    expect([answer.status, await answer.text()]).toEqual([200, "{}"]);
    await expect.poll(() => recorded).toContain("\n");
    expect(JSON.parse(recorded)).toMatchObject({
      client: "notebook",
      actions: ["sagemaker:InvokeEndpoint"],
      decision: "sent",
      status: 200,
    });
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${admin}/metrics`)).text()).toContain(
      'countersign_proxy_requests_total{client="notebook",action="sagemaker:InvokeEndpoint"',
    );

    // A wrong configuration changes nothing; a right one takes the client's allowance away.
    const invoke = async (): Promise<number> => {
      const again = await signer.sign({ method: "POST", url: `${url}/endpoints/churn/invocations`, body: "{}" });
      return (await fetch(again.url, { method: "POST", headers: again.headers, body: "{}" })).status;
    };
    const good = readFileSync(config, "utf8");
    writeFileSync(config, "{");
    child.kill("SIGHUP");
    await expect.poll(() => said).toContain("proxy.json is not in use, and the earlier configuration stays");
    writeFileSync(config, good.replace('"port": 0', '"port": 1'));
    child.kill("SIGHUP");
    await expect.poll(() => said).toContain("only clients may change while the proxy runs");
    expect(await invoke()).toBe(200);
    writeFileSync(config, good.replace("sagemaker:InvokeEndpoint", "sagemaker:DescribeEndpoint"));
    child.kill("SIGHUP");
    await expect.poll(() => said).toContain("proxy.json is in use");
    expect(await invoke()).toBe(403);

    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
  });

  it.each<[string, object, RegExp]>([
    ["an unknown field", { listn: [] }, /proxy\.json:\d+: \/listn: is not an option; did you mean listen\?/u],
    [
      "a wrong port",
      { listen: [{ port: 70_000 }] },
      /proxy\.json:\d+: \/listen\/0\/port: must be a whole number of the port from 0 to 65535/u,
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
  ])("--check refuses %s with file, line and field", async (_, change, message) => {
    const { code, err } = await run(["proxy", await configured(change), "--check"]);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });

  it("--check accepts what can be used", async () => {
    expect(await run(["proxy", await configured(), "--check"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("can be used"),
    });
  });
});
