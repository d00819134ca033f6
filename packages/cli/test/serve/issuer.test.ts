import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Local, startLocal } from "@countersign/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareServer } from "../../src/serve/server.ts";
import { run } from "../run.ts";

const ROLE = "arn:aws:iam::123456789012:role/inference";
const ISSUER = "https://login.example.com";

let aws: Local;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-issuer-"));
  aws = await startLocal({ port: 0, roles: [ROLE] });
});
afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});

/** An identity provider on this machine, over plain HTTP. */
async function provider() {
  // Through PEM: Node 20 can deadlock when it exports a generated key as a JSON Web Key.
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const keys = [{ ...createPublicKey(publicKey).export({ format: "jwk" }), kid: "k1", alg: "ES256" }];
  const state = { status: 200, reads: 0 };
  const server = http.createServer((_, answer) => {
    state.reads += 1;
    answer.writeHead(state.status).end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: "broker", sub: "alice", iat: now, exp: now + 300 };
  const text = `${part({ alg: "ES256", kid: "k1" })}.${part(claims)}`;
  const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return {
    state,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    token: `${text}.${signature.toString("base64url")}`,
    close: () => server.close(),
  };
}

const configOf = (port: number, jwksUrl: string): object => ({
  region: "us-east-1",
  listen: [{ port }],
  admin: { port: 0 },
  vending: {
    hosts: [`127.0.0.1:${port}`],
    origins: ["https://app.example.com"],
    identityProvider: { issuer: ISSUER, audience: "broker", jwksUrl },
    grants: {
      chat: {
        kind: "browser",
        roleArn: ROLE,
        allow: [
          {
            actions: ["sagemaker:InvokeEndpoint"],
            resources: ["arn:aws:sagemaker:us-east-1:123456789012:endpoint/chat"],
          },
        ],
      },
    },
  },
  watchSeconds: 0,
});

it("keys are read at start, also at http: on this machine; an outage is told to the operator until it ends", async () => {
  const idp = await provider();
  idp.state.status = 503;
  const free = http.createServer();
  await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const file = path.join(folder, "broker.json");
  writeFileSync(file, JSON.stringify(configOf(port, idp.url)));
  let err = "";
  let out = "";
  const prepared = await prepareServer(file, {
    stdout: (text) => (out += String(text)),
    stderr: (text) => (err += text),
    env: { HOME: folder, ...aws.environment },
    isTerminal: false,
    columns: 80,
  });
  const server = await prepared.serve();
  const vend = (): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/v1/vend/chat`, {
      method: "POST",
      headers: { authorization: `Bearer ${idp.token}`, origin: "https://app.example.com" },
    });
  const metrics = async (): Promise<string> => (await fetch(`${server.addresses.at(-1)}/metrics`)).text();
  try {
    await expect.poll(() => err).toContain('"event":"issuer.failed"');
    expect(err).toContain(`"issuer":"${ISSUER}","reason":"the answer must have status 200, not 503"`);
    expect(await metrics()).toContain(`countersign_issuer_failed{issuer="${ISSUER}"} 1`);
    expect((await vend()).status).toBe(503);
    idp.state.status = 200;
    await expect.poll(async () => (await vend()).status, { interval: 500 }).toBe(200);
    expect(err).toContain('"event":"issuer.recovered"');
    expect(await metrics()).not.toContain("countersign_issuer_failed{");
    expect(out).not.toContain("issuer.");
  } finally {
    await server.stop();
    await prepared.close();
    idp.close();
  }
});

describe("--check refuses an endpoint of STS that nothing can be sent to", () => {
  it.each([
    [{ url: "http://sts.example.com" }, "/endpoint/url: must be an https: URL; http: only to this machine"],
    [{ url: "https://sts.eu-west-1.amazonaws.com" }, "/endpoint/url: must be in us-east-1"],
    [{ vpcEndpoint: "vpce" }, "/endpoint/vpcEndpoint: must be vpce-"],
    [{ url: "https://sts.example.com", fips: true }, "/endpoint/fips: must be left out with url"],
  ])("%j", async (endpoint, message) => {
    const file = path.join(folder, "endpoint.json");
    writeFileSync(file, JSON.stringify({ region: "us-east-1", commandLine: { roles: [ROLE] }, endpoint }));
    const { code, err } = await run(["serve", file, "--check"], { HOME: folder });
    expect(err).toContain(`endpoint.json:1: ${message}`);
    expect(code).toBe(2);
  });

  it("of the environment, and says where it is from", async () => {
    const file = path.join(folder, "environment.json");
    writeFileSync(file, JSON.stringify({ region: "us-east-1", commandLine: { roles: [ROLE] } }));
    const env = { HOME: folder, AWS_ENDPOINT_URL: "http://sts.example.com" };
    const { code, err } = await run(["serve", file, "--check"], env);
    expect(err).toContain("AWS_ENDPOINT_URL: must be an https: URL");
    expect(err).not.toContain("environment.json");
    expect(code).toBe(2);
    const own = { region: "us-east-1", commandLine: { roles: [ROLE] }, endpoint: { url: "https://sts.example.com" } };
    writeFileSync(file, JSON.stringify(own));
    expect((await run(["serve", file, "--check"], env)).code).toBe(0);
  });

  it("but takes one at http: on this machine", async () => {
    const file = path.join(folder, "loopback.json");
    const endpoint = { url: "http://127.0.0.1:4566" };
    writeFileSync(file, JSON.stringify({ region: "us-east-1", commandLine: { roles: [ROLE] }, endpoint }));
    expect(await run(["serve", file, "--check"], { HOME: folder })).toMatchObject({ code: 0 });
  });
});
