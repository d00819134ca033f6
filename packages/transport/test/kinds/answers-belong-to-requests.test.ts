import tls from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { sendBy, useParts, ways } from "../parts.ts";

const parts = useParts();

afterEach(() => sendBy(undefined));

const answer = (body: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

/** A server whose first connection sends a text again and again after its first answer, and whose others are right. */
async function unasked(text: string): Promise<{ readonly url: string; readonly connections: () => number }> {
  const { cert, key } = parts.identity;
  let connections = 0;
  const server = tls.createServer({ cert, key }, (socket) => {
    connections += 1;
    const isFirst = connections === 1;
    socket.on("error", () => {}).on("data", () => socket.write(answer("right")));
    if (!isFirst) return;
    socket.once("data", () => {
      socket.removeAllListeners("data").resume();
      const timer = setInterval(() => socket.write(text), 2);
      socket.on("close", () => clearInterval(timer));
    });
  });
  const port = await parts.listen(server);
  return { url: `https://localhost:${port}/`, connections: () => connections };
}

describe("kind: an answer belongs to the request before it: what arrives between two requests ends the connection", () => {
  describe.each(Object.entries(ways))("%s", (_way, send) => {
    it.each([
      ["whole answers", answer("wrong")],
      ["informational answers", "HTTP/1.1 103 Early Hints\r\n\r\n"],
      ["single bytes", "x"],
    ])("%s", async (_what, text) => {
      const { url, connections } = await unasked(text);
      const t = parts.transport();
      expect(await send(t, url)).toBe("right");
      await sleep(50);
      expect(await send(t, url)).toBe("right");
      expect(connections()).toBe(2);
    });
  });
});
