import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countersigned } from "../../src/index.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

let server: Server;
let port = 0;
let connections = 0;
beforeEach(async () => {
  connections = 0;
  server = createServer((_request, response) => response.end("ok"));
  server.on("connection", () => void connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const get = (hostname: string) => ({
  method: "GET",
  protocol: "http:",
  hostname,
  port,
  path: "/",
  query: {},
  headers: {},
  body: undefined,
});

describe("without a transport", () => {
  it("on Node requests go through one of the client's own, opened when first needed and again after destroy", async () => {
    const { requestHandler } = countersigned({ region: "eu-west-1", credentials });
    expect(connections).toBe(0);
    for (let round = 1; round <= 2; round++) {
      const { response } = (await requestHandler?.handle(get("127.0.0.1"))) ?? {};
      expect(response?.statusCode).toBe(200);
      expect(connections).toBe(round);
      requestHandler?.destroy();
    }
  });

  it("plaintext beyond loopback is refused, as by every transport", async () => {
    const { requestHandler } = countersigned({ region: "eu-west-1", credentials });
    await expect(requestHandler?.handle(get("host.example"))).rejects.toMatchObject({ code: "PLAINTEXT_REFUSED" });
    requestHandler?.destroy();
  });

  it("off Node the client makes its own handler, and none of Node's modules is bundled", async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [fileURLToPath(new URL("../../src/index.ts", import.meta.url))],
      bundle: true,
      format: "esm",
      platform: "browser",
      conditions: ["@countersign/source"],
      write: false,
      metafile: true,
    });
    expect(
      Object.keys(metafile.inputs).filter((file) => /packages\/transport|node_modules\/undici/u.test(file)),
    ).toEqual([]);
    const url = `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString("base64")}`;
    const browser = (await import(/* @vite-ignore */ url)) as { countersigned: typeof countersigned };
    expect(browser.countersigned({ region: "eu-west-1", credentials })).not.toHaveProperty("requestHandler");
  });
});
