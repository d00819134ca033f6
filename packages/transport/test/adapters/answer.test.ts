import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, it } from "vitest";
import { refusal, sendBy, useParts } from "../parts.ts";

const parts = useParts();

/** Sends one request to a server that writes these pieces, each in a packet of its own. */
async function answerOf(pieces: readonly string[], method: "POST" | "HEAD" = "POST") {
  const { url } = await parts.server({}, (request, response) => {
    const { socket } = response;
    socket?.setNoDelay(true);
    const write = (left: readonly string[]): void => {
      const [piece, ...rest] = left;
      if (piece === "END") socket?.destroy();
      else if (piece !== undefined) socket?.write(piece, () => setTimeout(write, 20, rest));
    };
    request.resume().on("end", () => write(pieces));
  });
  return parts.transport().request(url, { method, body: method === "POST" ? "{}" : null });
}

const head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n";

describe.each(["node:http", "undici"] as const)("by %s", (sender) => {
  beforeEach(() => sendBy(sender));

  it("has a body that comes later as a stream alone", async () => {
    const answer = await answerOf([`${head}content-length: 4\r\n\r\n`, "ab", "cd"]);
    expect(answer.bytes).toBeUndefined();
    expect(await answer.body.text()).toBe("abcd");
  });

  it("keeps the parts that came with the head, and those that came after", async () => {
    const answer = await answerOf([`${head}content-length: 6\r\n\r\nab`, "cd", "ef"]);
    expect(answer.bytes).toBeUndefined();
    expect(await text(answer.body)).toBe("abcdef");
  });

  it("gives the head of an answer whose body is lost", async () => {
    const answer = await answerOf([`${head}content-length: 6\r\n\r\nab`, "END"]);
    expect(answer.statusCode).toBe(200);
    expect(await refusal(answer.body.text())).toMatchObject({ code: "CONNECTION_LOST", phase: "response", sent: true });
  });
});

describe("a body that came with its head", () => {
  beforeEach(() => sendBy("undici"));

  it("is there as bytes, and as a body too", async () => {
    const answer = await answerOf([`${head}content-length: 4\r\n\r\nabcd`]);
    expect(Buffer.from(answer.bytes as Uint8Array).toString()).toBe("abcd");
    // A copy: the bytes on the wire share the memory of others.
    expect(answer.bytes?.buffer.byteLength).toBe(4);
    expect(await answer.body.text()).toBe("abcd");
    await expect(answer.body.text()).rejects.toThrow(TypeError);
  });

  it("is there whatever its framing", async () => {
    const answer = await answerOf([
      `${head}transfer-encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\nx-t: 1\r\n\r\n`,
    ]);
    expect(Buffer.from(answer.bytes as Uint8Array).toString()).toBe("abcde");
    expect(answer.trailers).toEqual({ "x-t": "1" });
    expect(await text(answer.body)).toBe("abcde");
  });

  it("is empty for an answer without one", async () => {
    const answer = await answerOf([`${head}content-length: 4\r\n\r\n`], "HEAD");
    expect(answer.bytes).toHaveLength(0);
    expect(await answer.body.text()).toBe("");
  });

  it("fails as a stream when the rest of it is not HTTP", async () => {
    const answer = await answerOf([`${head}transfer-encoding: chunked\r\n\r\n2\r\nab\r\nnot a chunk`]);
    expect(answer.statusCode).toBe(200);
    expect(answer.bytes).toBeUndefined();
    expect(await refusal(answer.body.text())).toMatchObject({ code: "RESPONSE_INVALID", phase: "response" });
  });
});
