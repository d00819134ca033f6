import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Authority, createAuthority } from "../../packages/transport/test/authority.ts";
import { type TestServer, startServer } from "../../packages/transport/test/server.ts";
import { type Runtime, runtimeBinary } from "../runtimes/binaries.ts";
import { clientScript } from "./client-process.ts";

/** undici 8 needs Node 22. */
const runtimes: readonly (readonly [Runtime, readonly string[]])[] = [
  ["node", ["undici6", "undici"]],
  ["n22", ["undici6", "undici", "undici8"]],
  ["n24", ["undici6", "undici", "undici8"]],
  ["n26", ["undici6", "undici", "undici8"]],
];

let authority: Authority;
let server: TestServer;

beforeAll(async () => {
  authority = createAuthority();
  server = await startServer(authority.issue(), {}, (request, response) => {
    if (request.url === "/silent") return;
    response.write(`${request.method} `);
    request.pipe(response);
  });
}, 60_000);

afterAll(async () => {
  await server?.close();
  authority?.dispose();
});

describe("transport.dispatcher", () => {
  it.each(runtimes)(
    "works on %s with the requests and interceptors of %j",
    async (runtime, undicis) => {
      const { stdout } = await promisify(execFile)(
        runtimeBinary(runtime),
        [
          await clientScript("undici-client.mjs"),
          JSON.stringify({ url: `${server.url}/`, ca: authority.root.cert, undicis }),
        ],
        { timeout: 100_000, env: { ...process.env, NODE_OPTIONS: "" } },
      );
      const outcomes = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
      const expected = (name: string): unknown => {
        if (name.endsWith("aborted")) return "aborted";
        if (name.endsWith("to plain HTTP")) return "PLAINTEXT_REFUSED";
        if (name.endsWith("after close")) return "CLOSED";
        return ["GET ", "POST ab", "POST ab"];
      };
      expect(Object.keys(outcomes).length).toBeGreaterThan(20);
      expect(outcomes).toEqual(Object.fromEntries(Object.keys(outcomes).map((name) => [name, expected(name)])));
    },
    120_000,
  );
});
