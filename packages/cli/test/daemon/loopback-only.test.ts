import { get } from "node:http";
import { describe, expect, it } from "vitest";
import { listenOnPort } from "../../src/daemon/listen.ts";
import { loopbackOnly } from "../../src/daemon/loopback-only.ts";

const answer = (): Response => new Response("ok");

function status(address: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(address, { headers: { host }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}

describe("a listener on a loopback address", () => {
  it("answers requests for this machine only, and probes of any host", async () => {
    const where = { port: 0 };
    const listening = await listenOnPort(loopbackOnly(answer, where), where);
    const port = new URL(listening.address).port;
    try {
      for (const host of ["127.0.0.1", `127.0.0.1:${port}`, `localhost:${port}`, "LOCALHOST", `[::1]:${port}`]) {
        expect([host, await status(`${listening.address}/metrics`, host)]).toEqual([host, 200]);
      }
      for (const host of [
        "evil.example",
        `evil.example:${port}`,
        "localhost.evil.example",
        "evil.example@127.0.0.1",
        "127.0.0.1.evil.example",
        "127.0.0.1:x",
        "0.0.0.0",
      ]) {
        for (const path of ["/metrics", "/v1/snapshot", "/healthz/../metrics", "/%6detrics", "//healthz"]) {
          const got = await status(`${listening.address}${path}`, host);
          // Node itself answers 400 to a host that cannot be in a URL.
          expect([host, path, got === 421 || got === 400]).toEqual([host, path, true]);
        }
      }
      for (const path of ["/healthz", "/readyz"]) {
        expect(await status(`${listening.address}${path}`, "10.0.0.5:8081")).toBe(200);
      }
    } finally {
      await listening.close(0);
    }
  });

  it("refuses a request line that names another host", async () => {
    const where = { port: 0 };
    const listening = await listenOnPort(loopbackOnly(answer, where), where);
    const { port } = new URL(listening.address);
    const ask = (target: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        get({ host: "127.0.0.1", port, path: target, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).on("error", reject);
      });
    try {
      expect(await ask(`http://localhost:${port}/metrics`)).toBe(200);
      expect(await ask("http://evil.example/metrics")).toBe(421);
      expect(await ask("http://localhost.evil.example/v1/snapshot")).toBe(421);
      expect(await ask("http://127.0.0.1@evil.example/v1/snapshot")).toBe(421);
    } finally {
      await listening.close(0);
    }
  });

  it.each([
    { host: "0.0.0.0", port: 0 },
    { host: "10.0.0.5", port: 0 },
    { port: 0, certificate: "c", key: "k" },
  ])("leaves %j as it is: its names are not known, or the certificate decides", (where) => {
    expect(loopbackOnly(answer, where)).toBe(answer);
  });
});
