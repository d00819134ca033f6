import { once } from "node:events";
import tls from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { sendBy, useParts, ways } from "../parts.ts";

const parts = useParts();

afterEach(() => sendBy(undefined));

const answer = (body: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

interface Unasked {
  readonly url: string;
  readonly connections: () => number;
  /** Connections that have ended. */
  readonly ended: () => number;
}

/** A server whose first connection sends a text again and again after its first answer, and whose others are right. */
async function unasked(text: string): Promise<Unasked> {
  const { cert, key } = parts.identity;
  let connections = 0;
  let ended = 0;
  const server = tls.createServer({ cert, key }, (socket) => {
    connections += 1;
    const isFirst = connections === 1;
    socket
      .on("error", () => {})
      .on("data", () => socket.write(answer("right")))
      .on("close", () => (ended += 1));
    if (!isFirst) return;
    socket.once("data", () => {
      socket.removeAllListeners("data").resume();
      const timer = setInterval(() => socket.write(text), 2);
      socket.on("close", () => clearInterval(timer));
    });
  });
  const port = await parts.listen(server);
  return { url: `https://localhost:${port}/`, connections: () => connections, ended: () => ended };
}

describe("kind: an answer belongs to the request before it: what arrives between two requests ends the connection", () => {
  describe.each(Object.entries(ways))("%s", (_way, send) => {
    it.each([
      ["whole answers", answer("wrong")],
      ["informational answers", "HTTP/1.1 103 Early Hints\r\n\r\n"],
      ["100 (Continue)", "HTTP/1.1 100 Continue\r\n\r\n"],
      ["single bytes", "x"],
    ])("%s", async (_what, text) => {
      const { url, connections, ended } = await unasked(text);
      const t = parts.transport();
      expect(await send(t, url)).toBe("right");
      await expect.poll(ended).toBe(1);
      expect(await send(t, url)).toBe("right");
      expect(connections()).toBe(2);
    });
  });
});

/**
 * A server of its own thread. When its first connection is told to, it sends an answer that nothing asked for, and sets the
 * flag then.
 */
const busyServer = `
  const { workerData, parentPort } = require("node:worker_threads");
  const answer = (body) => "HTTP/1.1 200 OK\\r\\ncontent-length: 5\\r\\n\\r\\n" + body;
  let isFirst = true;
  const server = require("node:tls").createServer(workerData.identity, (socket) => {
    socket.setNoDelay(true).on("error", () => {}).on("data", () => socket.write(answer("right")));
    if (!isFirst) return;
    isFirst = false;
    socket.once("data", () => parentPort.once("message", () => socket.write(answer("wrong"), () => {
      Atomics.store(workerData.flag, 0, 1);
      Atomics.notify(workerData.flag, 0);
    })));
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

describe("kind: an answer belongs to the request before it: what arrives while the process is busy ends the connection", () => {
  describe.each(Object.entries(ways).filter(([way]) => way !== "agent"))("%s", (_way, send) => {
    it.each([
      ["at once", async () => {}],
      ["in a timer", () => sleep(1)],
      ["between two turns", () => new Promise((resolve) => setImmediate(resolve))],
    ])("%s", async (_when, pause) => {
      const flag = new Int32Array(new SharedArrayBuffer(4));
      const { cert, key } = parts.identity;
      const server = new Worker(busyServer, { eval: true, workerData: { flag, identity: { cert, key } } });
      try {
        const [port] = (await once(server, "message")) as [number];
        const url = `https://localhost:${port}/`;
        const t = parts.transport();
        expect(await send(t, url)).toBe("right");
        await pause();
        // This thread does nothing else until the answer has been sent.
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker of Node has no origin
        server.postMessage("send");
        expect(Atomics.wait(flag, 0, 0, 20_000)).not.toBe("timed-out");
        expect(await send(t, url)).toBe("right");
        expect(t.stats().handshakes).toBe(2);
      } finally {
        await server.terminate();
      }
    });
  });
});
