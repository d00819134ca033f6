import tls from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { sendBy, useParts, ways } from "../parts.ts";

const parts = useParts();

afterEach(() => sendBy(undefined));

const goOn = "HTTP/1.1 100 Continue\r\n\r\n";
const hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
const answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nright";

describe("an answer over HTTP/1.1 after a 100 (Continue) that was not asked for", () => {
  describe.each(Object.entries(ways))("%s", (_way, send) => {
    it.each([
      ["in one piece", [goOn + answer]],
      ["in pieces", [goOn, answer]],
      ["twice", [goOn + goOn, answer]],
      ["between other interim answers", [hints + goOn + hints, answer]],
    ])("is read, and its connection goes on: %s", async (_what, pieces) => {
      let connections = 0;
      const { cert, key } = parts.identity;
      const server = tls.createServer({ cert, key }, (socket) => {
        connections++;
        socket
          .on("error", () => {})
          .on("data", () => {
            // Each piece has left before the next is written.
            const write = (index: number): void => {
              if (index < pieces.length) socket.write(pieces[index] ?? "", () => write(index + 1));
            };
            write(0);
          });
      });
      const url = `https://localhost:${await parts.listen(server)}/`;
      const t = parts.transport();
      expect([await send(t, url), await send(t, url)]).toEqual(["right", "right"]);
      expect(connections).toBe(1);
    });
  });
});
