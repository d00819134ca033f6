import { afterEach, describe, expect, it } from "vitest";
import type { TransportRequest } from "../../src/index.ts";
import { refusal, useParts } from "../parts.ts";

const parts = useParts();
const prototype = Object.prototype as unknown as Record<string, unknown>;
const members = ["method", "headers", "body", "signal", "headersMs", "bodyIdleMs", "other"];

afterEach(() => {
  for (const name of members) Reflect.deleteProperty(prototype, name);
});

const forms: readonly (readonly [string, TransportRequest])[] = [
  ["headers by a function", { method: "POST", headers: () => ["x-a", "1"], body: "{}" }],
  ["headers as a list", { method: "POST", headers: ["x-a", "1"], body: "{}" }],
  ["headers by name", { method: "POST", headers: { "x-a": "1" }, body: "{}" }],
  ["no headers", { method: "POST", body: "{}" }],
];

describe.each(forms)("a request with %s", (_form, request) => {
  it.each([
    ["an unknown name", { metod: "GET" }],
    ["an empty method", { method: "" }],
    ["a method of another type", { method: 1 }],
    ["a signal of another kind", { signal: {} }],
    ["null for a signal", { signal: null }],
    ["a limit below 0", { headersMs: -1 }],
    ["a limit of another type", { bodyIdleMs: "1" }],
    ["headers that are a number", { headers: 1 }],
  ])("is refused with %s", async (_what, change) => {
    const { url, requests } = await parts.server();
    const given = { ...request, ...change } as unknown as TransportRequest;
    expect(await refusal(parts.transport().request(url, given))).toMatchObject({ code: "INVALID_REQUEST" });
    expect(requests()).toBe(0);
  });

  it("takes nothing from Object.prototype", async () => {
    const { url } = await parts.server({}, (incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => response.end(`${incoming.method} ${Buffer.concat(chunks).toString()}`));
    });
    const transport = parts.transport();
    const { body, ...bare } = request;
    const pollution = { body: "evil", signal: AbortSignal.abort(), headersMs: 1, bodyIdleMs: -1, other: 1 };
    // Only while the request is read: Node's own server reads options through the prototype.
    const send = async (given: TransportRequest): Promise<string> => {
      for (const [name, value] of Object.entries(pollution)) {
        Object.defineProperty(prototype, name, { value, configurable: true, enumerable: true, writable: true });
      }
      const answer = transport.request(url, given);
      for (const name of members) Reflect.deleteProperty(prototype, name);
      return (await answer).body.text();
    };
    const text = await send({ ...bare, method: "GET" });
    const sent = await send({ ...bare, body });
    expect([text, sent]).toEqual(["GET ", "POST {}"]);
  });
});
