import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createClock } from "@countersign/signer";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createClientState } from "../src/client/client-state.ts";
import { issueKey } from "../src/index.ts";
import type { Authenticate } from "../src/receive/authenticate.ts";
import { createBufferBudget } from "../src/receive/collect.ts";
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
  async function* stalled(): AsyncGenerator<Buffer> {
    yield Buffer.of(1);
    await new Promise(() => undefined);
  }
  const authorization = "AWS4-HMAC-SHA256 Credential=AKIAAAAAAAAAAAAAAAAA/20260101/us-east-1/sagemaker/aws4_request";
  const rawHeaders = ["host", "127.0.0.1", "authorization", authorization];
  const budget = createBufferBudget(1000);
  const request = readHead({ method: "POST", url: "/", rawHeaders });
  return readRequest(request, {
    authenticate,
    budget,
    unproven: budget.part(() => 250),
    bound,
    arriving: stalled,
  }).finally(() => budget.take(1000));
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

  it("makes room for the next one when it is proven", () => {
    const budget = createBufferBudget(1000);
    const part = budget.part(() => 250);
    part.take(200);
    expect(() => part.take(100)).toThrow("no memory left");
    expect(() => budget.take(801)).toThrow("no memory left");
    part.give(200);
    budget.take(800);
    expect(() => part.take(250)).toThrow("no memory left");
    part.take(200);
  });
});
