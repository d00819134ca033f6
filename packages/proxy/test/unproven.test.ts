import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { createClock, createSigner } from "@countersign/signer";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createClientState } from "../src/client/client-state.ts";
import { issueKey } from "../src/index.ts";
import type { Authenticate } from "../src/receive/authenticate.ts";
import { type BufferBudget, createBufferBudget, type HeldMemory } from "../src/receive/buffer-budget.ts";
import { createUnprovenBodies, type UnprovenBodies } from "../src/receive/unproven-bodies.ts";
import { readRequest, UNPROVEN_MS } from "../src/receive/read-request.ts";
import { readHead } from "../src/receive/received.ts";
import { startProxy } from "./local.ts";

const state = createClientState(
  { name: "a", key: issueKey(), credentials: { accessKeyId: "x", secretAccessKey: "y" }, allow: [] },
  createClock(),
);

afterEach(() => vi.useRealTimers());

/** Reads a body that begins and then says no more. */
function readStalled(bound?: typeof state): Promise<unknown> {
  const proven = { state, region: "us-east-1", service: "sagemaker", form: "hash", payloadHash: "", chain: undefined };
  const authenticate = Object.assign(async () => proven, { claimed: () => state }) as unknown as Authenticate;
  const body = new PassThrough();
  body.write(Buffer.of(1));
  const authorization = "AWS4-HMAC-SHA256 Credential=AKIAAAAAAAAAAAAAAAAA/20260101/us-east-1/sagemaker/aws4_request";
  const rawHeaders = ["host", "127.0.0.1", "authorization", authorization];
  const budget = createBufferBudget(1000);
  const request = readHead({ method: "POST", url: "/", rawHeaders });
  const releases: (() => void)[] = [];
  return readRequest(request, {
    authenticate,
    budget,
    unproven: createUnprovenBodies(
      () => 250,
      () => budget,
      () => Date.now(),
    ),
    bound,
    address: () => undefined,
    arriving: {
      ask: () => body as unknown as IncomingMessage,
      stream: () => ({ [Symbol.asyncIterator]: () => body[Symbol.asyncIterator](), through: () => body }),
    },
    counted: () => undefined,
    held: (release) => releases.push(release),
  }).finally(() => {
    for (const release of releases) release();
    budget.take(1000);
  });
}

describe("a body that has to be read before it proves its client", () => {
  it("must arrive within a minute, and gives its memory back when it does not", async () => {
    vi.useFakeTimers();
    const refused = readStalled().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(UNPROVEN_MS);
    expect(await refused).toMatchObject({ status: 408, code: "RequestTimeout" });
  });

  it("may take longer on a channel that tells its client", async () => {
    vi.useFakeTimers();
    let ended = false;
    void readStalled(state).finally(() => (ended = true));
    await vi.advanceTimersByTimeAsync(10 * UNPROVEN_MS);
    expect(ended).toBe(false);
  });

  it("holds a quarter of the memory at most: clients that are proven have the rest", async () => {
    const local = await startProxy({ maxBodyBytes: 1000 }, { maxBufferedBytes: 4000 });
    const { hostname, port, host } = new URL(local.listening.url);
    const sockets: Socket[] = [];
    const answers: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      const socket = connect(Number(port), hostname);
      sockets.push(socket);
      socket.on("data", (bytes) => answers.push(bytes.toString("latin1")));
      await once(socket, "connect");
      const scope = `Credential=${local.key.accessKeyId}/20260101/us-east-1/sagemaker/aws4_request`;
      socket.write(
        `POST /endpoints/a/invocations HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 1000\r\n` +
          `authorization: AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=${"0".repeat(64)}\r\n\r\n` +
          "x".repeat(900),
      );
    }
    await expect.poll(() => answers.length).toBe(3);
    // Each is told why, and not only cut off.
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 503 [^]*no memory left/u);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => local.audit.length).toBe(4);
    await local.close();
  });
});

describe("of the bodies that prove nothing yet", () => {
  let now = 0;
  /** A register of 1000 bytes within 2000, and which bodies were ended. */
  function register(): {
    readonly bodies: UnprovenBodies;
    readonly budget: BufferBudget;
    readonly ended: string[];
    readonly begin: (name: string, client: string, address?: string, maxInFlight?: number) => HeldMemory;
  } {
    now = 0;
    const ended: string[] = [];
    const bodies = createUnprovenBodies(
      () => 1000,
      () => budget,
      () => now,
    );
    const budget = createBufferBudget(2000, bodies.evictOne);
    const begin = (name: string, client: string, address?: string, maxInFlight = 256): HeldMemory =>
      bodies.begin({ client, address, maxInFlight, evict: ({ code }) => ended.push(`${name} ${code}`) });
    return { bodies, budget, ended, begin };
  }

  it("those go first of the client that holds most, from the address that holds most: the slowest", () => {
    const { ended, begin } = register();
    begin("honest", "a", "10.0.0.1").take(100);
    begin("other", "b", "10.0.0.9").take(100);
    // By bytes a second: neither the oldest nor the newest, and not the one with fewest bytes.
    begin("oldest", "a", "10.0.0.2").take(300);
    now = 10_000;
    begin("slow", "a", "10.0.0.2").take(60);
    now = 19_000;
    begin("newest", "a", "10.0.0.2").take(30);
    now = 20_000;
    // The one that asks is as good as the others.
    begin("next", "a", "10.0.0.3").take(420);
    expect(ended).toEqual(["slow ServiceUnavailable"]);
    begin("more", "b", "10.0.0.9").take(300);
    expect(ended).toEqual(["slow ServiceUnavailable", "next ServiceUnavailable"]);
  });

  it("many addresses of one key do not end those of another key", () => {
    const { ended, begin } = register();
    begin("honest", "b", "10.0.0.1").take(300);
    for (let index = 0; index < 20; index += 1) begin(`attack ${index}`, "a", `10.0.1.${index}`).take(100);
    expect(ended).toHaveLength(13);
    expect(ended.every((one) => one.startsWith("attack"))).toBe(true);
  });

  it("all addresses of an IPv6 network of one machine are one", () => {
    const { ended, begin } = register();
    begin("honest", "a", "2001:db8:1::1").take(300);
    for (let index = 0; index < 9; index += 1) begin(`attack ${index}`, "a", `2001:db8:2:0:${index}::1`).take(99);
    expect(ended).toEqual(["attack 0 ServiceUnavailable", "attack 1 ServiceUnavailable"]);
  });

  it("one gives way to a proven body that needs the memory, and a proven one never gives way", () => {
    const { budget, ended, begin } = register();
    begin("one", "a").take(600);
    budget.take(1200);
    budget.take(700);
    expect(ended).toEqual(["one ServiceUnavailable"]);
    expect(() => begin("two", "a").take(200)).toThrow("no memory left");
    expect(() => budget.take(200)).toThrow("no memory left");
    budget.give(1900);
    budget.take(2000);
  });

  it("the slowest gives way when more are under way from an address than the client may have", () => {
    const { ended, begin } = register();
    begin("moving", "a", "10.0.0.1", 2).take(10);
    begin("idle", "a", "10.0.0.1", 2);
    begin("elsewhere", "a", "10.0.0.2", 2);
    begin("next", "a", "10.0.0.1", 2).take(1);
    expect(ended).toEqual(["idle ThrottlingException"]);
  });

  it("what ended takes no more, and gives its memory back once", () => {
    const { bodies, budget, begin } = register();
    const one = begin("one", "a");
    one.take(500);
    expect(bodies.evictOne()).toBe(true);
    expect(() => one.take(1)).toThrow("no memory left");
    one.end();
    one.end();
    expect(bodies.evictOne()).toBe(false);
    budget.take(2000);
  });
});

it("an honest client is served while an attacker who knows its key id holds all the memory for unproven bodies", async () => {
  const local = await startProxy({ maxBodyBytes: 1000 }, { maxBufferedBytes: 4000 });
  const { hostname, port, host } = new URL(local.listening.url);
  const stop = new AbortController();
  const attack = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const socket = connect(Number(port), hostname);
      const scope = `Credential=${local.key.accessKeyId}/20260101/us-east-1/sagemaker/aws4_request`;
      socket.write(
        `POST /endpoints/a/invocations HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 1000\r\n` +
          `authorization: AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=${"0".repeat(64)}\r\n\r\n` +
          "x".repeat(300),
      );
      await once(socket, "close", { signal: stop.signal }).catch(() => undefined);
      socket.destroy();
    }
  };
  const attacks = Array.from({ length: 8 }, attack);
  try {
    await expect.poll(() => local.audit.filter(({ status }) => status === 503).length).toBeGreaterThan(4);
    const signer = createSigner({ region: local.aws.region, credentials: local.key, clock: local.aws.clock });
    const statuses: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      const body = JSON.stringify({ index, padding: "y".repeat(400) });
      const signed = await signer.sign({
        method: "POST",
        url: `${local.listening.url}/endpoints/churn/invocations`,
        body,
      });
      statuses.push((await fetch(signed.url, { method: "POST", headers: signed.headers, body })).status);
    }
    expect(statuses).toEqual(Array.from({ length: 20 }, () => 200));
  } finally {
    stop.abort();
    await Promise.all(attacks);
    await local.close();
  }
});
