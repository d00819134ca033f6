import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createSigner, type PayloadMode, type Signer } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import { issueKey } from "../../src/index.ts";
import { createBufferBudget } from "../../src/receive/buffer-budget.ts";
import { startProxy } from "../local.ts";

// A program behind the proxy holds a valid key, so that all of its bodies are proven. It must not take the memory of the
// programs beside it.
const BODY = 100_000;
const MEMORY = 4 * BODY;
const HASH = "0".repeat(64);

const target = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "SageMaker.ListModels" };
const chunk = `${(BODY - 1).toString(16)};chunk-signature=${"0".repeat(64)}\r\n`;

it.each<[string, string, Readonly<Record<string, string>>, PayloadMode, string]>([
  ["bodies whose hash is announced", "sagemaker", { ...target, "x-amz-content-sha256": HASH }, { sha256: HASH }, ""],
  ["signed chunks", "s3", { "x-amz-decoded-content-length": String(BODY) }, "streaming-signed", chunk],
])("a client that never ends its %s leaves memory for another client", async (_, service, headers, payload, first) => {
  const other = issueKey();
  const key = issueKey();
  const shared = { credentials: issueKey(), maxBodyBytes: BODY };
  const allow = [{ actions: ["sagemaker:*", "s3:*"] }];
  const clients = [
    { name: "attacker", key, ...shared, allow },
    { name: "victim", key: other, ...shared, allow },
  ];
  const local = await startProxy({}, { maxBufferedBytes: MEMORY, clients });
  const { hostname, port, host } = new URL(local.listening.url);
  const region = local.aws.region;
  const from = (credentials: typeof key, of: string): Signer =>
    createSigner({ region, service: of, credentials, clock: local.aws.clock });
  const sockets: Socket[] = [];
  const refused: string[] = [];
  try {
    for (let index = 0; index < 6; index += 1) {
      const path = service === "s3" ? `/bucket/${index}` : "/";
      const url = local.listening.url + path;
      const method = service === "s3" ? "PUT" : "POST";
      const signed = await from(key, service).sign({ method, url, headers, payload });
      const lines = Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}`);
      const head = [`${method} ${path} HTTP/1.1`, `host: ${host}`, ...lines, `content-length: ${BODY}`];
      const socket = connect(Number(port), hostname);
      sockets.push(socket);
      socket.on("data", (bytes) => refused.push(bytes.toString("latin1").slice(0, 12))).on("error", () => undefined);
      await once(socket, "connect");
      socket.write(`${head.join("\r\n")}\r\n\r\n${first}`);
      socket.write(Buffer.alloc(BODY - 1 - first.length));
      // One after the other: bodies that arrive together can refuse each other, and leave room by chance. Behind whole
      // requests of other connections, this body has arrived.
      for (let turn = 0; turn < 5; turn += 1) {
        await (await fetch(`${local.listening.url}/`, { headers: { connection: "close" } })).text();
      }
      await expect.poll(() => refused.length).toBe(Math.max(0, index - 2));
    }
    // Three bodies are held. The others are refused for the memory of this client, and not cut off.
    await expect.poll(() => refused).toEqual(["HTTP/1.1 503", "HTTP/1.1 503", "HTTP/1.1 503"]);
    const url = `${local.listening.url}/`;
    const body = JSON.stringify({ NameContains: "x".repeat(60) });
    const signed = await from(other, "sagemaker").sign({ method: "POST", url, headers: target, body });
    const response = await fetch(url, { method: "POST", headers: signed.headers, body });
    await response.text();
    expect(local.audit.at(-1)).toMatchObject({ client: "victim", decision: "sent" });
  } finally {
    for (const socket of sockets) socket.destroy();
    await local.close();
  }
});

describe("the memory for proven bodies", () => {
  it("of one client is three quarters at most, beside its only body", () => {
    const budget = createBufferBudget(400);
    const owner = { heldBytes: 0 };
    const alone = budget.hold(owner);
    alone.take(350);
    alone.end();
    const [first, second] = [budget.hold(owner), budget.hold(owner)];
    first.take(200);
    second.take(100);
    expect(() => second.take(1)).toThrow("no memory left");
    expect(owner.heldBytes).toBe(300);
    second.end();
    second.end();
    first.end();
    expect(owner.heldBytes).toBe(0);
    budget.take(400);
  });

  it("leaves something for each further client", () => {
    const budget = createBufferBudget(64_000);
    for (let count = 0; count < 4; count += 1) {
      const owner = { heldBytes: 0 };
      expect(() => {
        for (;;) budget.hold(owner).take(10);
      }).toThrow("no memory left");
      expect(owner.heldBytes).toBeGreaterThan(64_000 / 4 ** (count + 2));
    }
    expect(() => budget.hold({ heldBytes: 0 }).take(200)).not.toThrow();
  });
});
