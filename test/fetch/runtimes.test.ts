import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createVerifier } from "@countersign/signer/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../runtimes/binaries.ts";
import { runInChromium } from "../runtimes/drivers/run-in-chromium.ts";
import { runSuite } from "../runtimes/drivers/run-suite.ts";

const entry = fileURLToPath(new URL("runtime-suite.ts", import.meta.url));
const key = {
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const verify = createVerifier({
  resolve: async (id) => (id === "AKIDEXAMPLE" ? key : undefined),
  region: "eu-west-1",
  service: "sagemaker",
});

let verified = 0;
const unverified: string[] = [];
const foreign: string[] = [];
const flaky = new Set<string>();
let OWN = "";
let FOREIGN = "";

const own = createServer((message, response) => void answer(message, response).catch(() => response.destroy()));
const other = createServer((message, response) => {
  foreign.push(`${message.method} ${message.url}`);
  response.end();
});

/** Verifies what arrives, with the receiving side of the protocol, and answers with it. */
async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const { method = "", url = "" } = message;
  const { pathname, searchParams } = new URL(url, OWN);
  // A page is of another origin.
  response.setHeader("access-control-allow-origin", "*").setHeader("access-control-allow-methods", "*");
  response.setHeader("access-control-allow-headers", message.headers["access-control-request-headers"] ?? "*");
  if (method === "OPTIONS") return void response.end();
  if (pathname === "/v1/vend/chat") {
    const expiration = new Date(Date.now() + 3_600_000).toISOString();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ accessKeyId: "AKIDEXAMPLE", ...key, expiration }));
    return;
  }
  try {
    await verify({ method, url, headers: message.rawHeaders, body });
    verified++;
  } catch (error) {
    unverified.push(`${method} ${url}: ${String(error)}`);
  }
  if (pathname === "/hang") return;
  if (pathname === "/redirect") {
    const status = Number(searchParams.get("status"));
    response.writeHead(status, { location: searchParams.get("to") ?? "" }).end();
    return;
  }
  if (pathname.includes("flaky") && !flaky.has(pathname)) {
    flaky.add(pathname);
    response.writeHead(503).end("busy");
    return;
  }
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ method, path: url, headers: message.headers, body: body.toString() }));
}

beforeAll(async () => {
  for (const server of [own, other]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  OWN = `http://127.0.0.1:${(own.address() as AddressInfo).port}`;
  FOREIGN = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
});
afterAll(async () => {
  for (const server of [own, other]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const runtimes: readonly Runtime[] = ["node", "n22", "n24", "n26", "bun", "deno", "workerd"];

describe.each(runtimes)("signed fetch on %s", (runtime) => {
  it("does what it does everywhere, and all of it verifies", { timeout: 60_000 }, async () => {
    const before = verified;
    const define = { OWN: JSON.stringify(OWN), FOREIGN: JSON.stringify(FOREIGN) };
    const results = await runSuite(runtime, { entry, define });
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(results.length).toBeGreaterThan(25);
    expect(unverified).toEqual([]);
    expect(verified - before).toBeGreaterThan(20);
    expect(foreign).toEqual([]);
  });
});

describe("signed fetch in a page", () => {
  // There a redirect shows neither its status nor its target, and what follows one is decided by the browser.
  const elsewhere = new Set([
    "a redirect to an allowed host is signed anew",
    'redirect: "manual" gives the answer back',
  ]);

  it("does what it does everywhere but follow redirects, and all of it verifies", { timeout: 60_000 }, async () => {
    const before = verified;
    const define = { OWN: JSON.stringify(OWN), FOREIGN: JSON.stringify(FOREIGN) };
    const results = await runInChromium({ entry, define });
    expect(results.filter(({ name, error }) => error !== undefined && !elsewhere.has(name))).toEqual([]);
    expect(unverified).toEqual([]);
    expect(verified - before).toBeGreaterThan(15);
    expect(foreign).toEqual([]);
  });
});
