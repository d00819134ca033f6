import { AsyncLocalStorage } from "node:async_hooks";
import https from "node:https";
import type { Socket } from "node:net";
import { expect, it } from "vitest";
import { useParts, ways } from "../parts.ts";

const parts = useParts();

it("opens no more connections than the option allows, also for requests that come at once", async () => {
  const { url, server } = await parts.server({}, (request, response) => {
    if (request.url === "/die") request.socket.destroy();
    else setTimeout(() => response.end("answer"), 5);
  });
  let [open, most] = [0, 0];
  server.on("connection", (socket: Socket) => {
    most = Math.max(most, ++open);
    socket.on("close", () => open--);
  });
  const t = parts.transport({ connections: 2 });
  const sending = Array.from({ length: 20 }, (_, index) => ways.agent(t, `${url}/${index % 5 === 3 ? "die" : ""}`));
  expect(t.stats().pending).toBe(18);
  const outcomes = await Promise.allSettled(sending);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(16);
  expect(most).toBe(2);
  await expect.poll(() => t.stats().pending).toBe(0);
});

it("answers a request that had to wait in the async context of its caller", async () => {
  const { url } = await parts.server();
  const t = parts.transport({ connections: 1 });
  const tenants = new AsyncLocalStorage<number>();
  const answer = (tenant: number): Promise<unknown> =>
    tenants.run(tenant, async () => {
      const seen = await new Promise((resolve, reject) => {
        https
          .get(url, { agent: t.agent }, (response) => resolve((response.resume(), tenants.getStore())))
          .on("error", reject);
      });
      return seen;
    });
  expect(await Promise.all([1, 2, 3, 4].map(answer))).toEqual([1, 2, 3, 4]);
});

it("gives the place of a request that is destroyed while it waits to the next one", async () => {
  const { url } = await parts.server();
  const t = parts.transport({ connections: 1 });
  const first = ways.agent(t, url);
  const waiting = https.get(url, { agent: t.agent }).on("error", () => {});
  const last = ways.agent(t, url);
  waiting.destroy();
  expect(await Promise.all([first, last])).toEqual(["GET /", "GET /"]);
});
