import { execFile } from "node:child_process";
import http2 from "node:http2";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { serverTlsOptions } from "@countersign/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Authority, createAuthority } from "../../packages/transport/test/authority.ts";
import { type Runtime, runtimeBinary } from "../runtimes/binaries.ts";
import { clientScript } from "./client-process.ts";

let authority: Authority;
let server: http2.Http2SecureServer;
let url: string;

beforeAll(async () => {
  authority = createAuthority();
  const { cert, key } = authority.issue();
  server = http2.createSecureServer({ cert, key, allowHTTP1: true, ...serverTlsOptions() }, (request, response) => {
    if (request.url === "/drop") request.socket.destroy();
    else request.resume().on("end", () => response.end("ok"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
}, 60_000);

afterAll(() => {
  server?.close();
  authority?.dispose();
});

async function run(runtime: Runtime, script: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    runtimeBinary(runtime),
    [await clientScript(script), JSON.stringify({ url, ca: authority.root.cert })],
    { timeout: 60_000, env: { ...process.env, NODE_OPTIONS: "" } },
  );
  return JSON.parse(stdout);
}

it("10,000 requests over 64 connections leak no socket, timer or session, lost and aborted ones included", async () => {
  const result = (await run("node", "leak-client.mjs")) as {
    ok: number;
    most: number;
    outcomes: Record<string, number>;
    before: unknown;
    after: unknown;
  };
  expect(result).toMatchObject({ pending: 0, left: { open: 0, idle: 0, pending: 0 } });
  expect(result.most).toBeLessThanOrEqual(64);
  expect(Object.keys(result.outcomes).toSorted()).toEqual(["CONNECTION_LOST", "TimeoutError"]);
  expect(result.ok).toBeGreaterThan(9_000);
  expect(result.after).toEqual(result.before);
}, 90_000);

describe.each<Runtime>(["node", "n22", "n24", "n26"])("on %s", (runtime) => {
  it("connections that wait for the next request do not keep the process", async () => {
    expect(await run(runtime, "exit-client.mjs")).toMatchObject({ pending: 0, refused: 0 });
  });
});
