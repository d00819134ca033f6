import { AsyncLocalStorage } from "node:async_hooks";
import type { ClientRequest } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { expect, it } from "vitest";
import { refusal, useParts, ways } from "../parts.ts";

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

// What Node refuses before it asks for a connection, by an error that it throws: such a request never closes.
it.each<[string, object]>([
  ["a Host header that is a number", { headers: { host: 5 } }],
  ["two Host headers", { headers: { host: ["a", "b"] } }],
  ["a Host header that is true", { headers: { host: true } }],
])("does not lose the place of a request with %s, which Node refuses", async (_what, refused) => {
  const { url, port } = await parts.server();
  const t = parts.transport({ connections: 1 });
  const send = (): ClientRequest => https.request({ host: "localhost", port, agent: t.agent, ...refused });
  expect(send).toThrow(TypeError);
  const first = ways.agent(t, url);
  const waiting = new Promise((resolve) => send().on("error", resolve));
  const last = ways.agent(t, url);
  expect(await Promise.all([first, last])).toEqual(["GET /", "GET /"]);
  expect(await waiting).toBeInstanceOf(TypeError);
  expect(t.stats().pending).toBe(0);
});

it("opens no more connections for requests with many Host headers, server names and spellings of one target", async () => {
  const { url, port, connections } = await parts.server();
  const t = parts.transport({ connections: 2 });
  const send = (options: object): Promise<void> =>
    new Promise((resolve, reject) => {
      https
        .get({ host: "localhost", port, agent: t.agent, ...options }, (response) =>
          response.resume().on("end", resolve),
        )
        .on("error", reject);
    });
  const names = Array.from({ length: 5 }, (_, index) => `name-${index}`);
  await Promise.all(names.map((servername) => send({ servername })));
  for (const host of names) await send({ headers: { host } });
  for (const host of ["LOCALHOST", "LocalHost"]) await send({ host });
  await send({ port: `0${port}` });
  await ways.agent(t, url);
  expect(connections()).toBe(2);
});

it.each<[string, object]>([
  ["a socket path", { socketPath: "/tmp/other.sock" }],
  ["an empty socket path", { socketPath: "" }],
  ["an object as socket path", { socketPath: Object.create(null) }],
])("kind: identity comes from where we connect: %s is refused, also when a connection is free", async (_what, path) => {
  const { url, port, requests } = await parts.server();
  const t = parts.transport({ connections: 1 });
  const send = (): Promise<unknown> =>
    refusal(
      new Promise((resolve, reject) => {
        https.get({ host: "localhost", port, agent: t.agent, ...path }, resolve).on("error", reject);
      }),
    );
  expect(await send()).toMatchObject({ code: "INVALID_OPTION" });
  const first = ways.agent(t, url);
  expect(await send()).toMatchObject({ code: "INVALID_OPTION" });
  await first;
  await expect.poll(() => t.agent.freeSockets).not.toEqual({});
  expect(await send()).toMatchObject({ code: "INVALID_OPTION" });
  expect(requests()).toBe(1);
  await ways.agent(t, url);
  expect(t.stats().pending).toBe(0);
});
