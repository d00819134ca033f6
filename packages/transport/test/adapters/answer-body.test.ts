import { once } from "node:events";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { AnswerBody } from "../../src/adapters/answer-body.ts";

/** A body, with what it asked of its source. */
function make(headers: { contentType?: string; contentLength?: number } = {}): { body: AnswerBody; asked: string[] } {
  const asked: string[] = [];
  const body = new AnswerBody({
    resume: () => void asked.push("resume"),
    abort: () => void asked.push("abort"),
    contentType: headers.contentType,
    contentLength: headers.contentLength,
  });
  return { body, asked };
}

/** A body with these parts, all of which arrived before it is read, or after. */
function arrived(parts: readonly (string | Uint8Array)[], early: boolean): AnswerBody {
  const { body } = make({ contentType: "text/plain" });
  const push = (): void => {
    for (const part of parts) body.push(Buffer.from(part as string));
    body.push(null);
  };
  if (early) push();
  else setImmediate(push);
  return body;
}

describe.each([true, false])("a body that is there early: %s", (early) => {
  it("is text, JSON, bytes, a buffer, a blob", async () => {
    expect(await arrived(["[1,", "2]"], early).text()).toBe("[1,2]");
    expect(await arrived(["[1,", "2]"], early).json()).toEqual([1, 2]);
    expect(await arrived(["a", "b"], early).bytes()).toEqual(new Uint8Array([97, 98]));
    expect(new Uint8Array(await arrived(["a"], early).arrayBuffer())).toEqual(new Uint8Array([97]));
    const blob = await arrived(["a", "b"], early).blob();
    expect([blob.type, await blob.text()]).toEqual(["text/plain", "ab"]);
    expect(await arrived([], early).text()).toBe("");
  });

  it("loses its byte order mark as text, and no other byte", async () => {
    expect(await arrived([new Uint8Array([0xef, 0xbb]), new Uint8Array([0xbf, 0x61])], early).text()).toBe("a");
    expect(await arrived([new Uint8Array([0xef, 0xbb, 0xbf])], early).bytes()).toHaveLength(3);
  });

  it("is a stream of Node and one of the web", async () => {
    const parts: string[] = [];
    for await (const part of arrived(["a", "b"], early)) parts.push(String(part));
    expect(parts.join("")).toBe("ab");
    expect(await new Response(arrived(["a", "b"], early).body).text()).toBe("ab");
  });

  it("is read once", async () => {
    const body = arrived(["a"], early);
    expect(body.bodyUsed).toBe(false);
    const text = body.text();
    expect(body.bodyUsed).toBe(true);
    await expect(body.json()).rejects.toThrow("body: was read already");
    expect(await text).toBe("a");
    expect(body.body.locked).toBe(true);
    const streamed = arrived(["a"], early);
    for await (const _part of streamed);
    await expect(streamed.text()).rejects.toThrow("body: was read already");
  });

  it("ends and closes as a stream when it is collected", async () => {
    const body = arrived(["a"], early);
    const closed = once(body, "close");
    await body.bytes();
    await closed;
    expect([body.readableEnded, body.destroyed, body.errored]).toEqual([true, true, null]);
  });
});

describe("a body", () => {
  it("gives bytes that share no memory with what was read from the socket", async () => {
    const { body } = make();
    const slab = Buffer.from("secret of another request, mine").subarray(27);
    body.push(slab);
    body.push(null);
    const bytes = await body.bytes();
    expect([Buffer.from(bytes).toString(), bytes.buffer.byteLength]).toEqual(["mine", 4]);
  });

  it("fails its readers with the error of the request", async () => {
    const error = new Error("lost");
    const { body } = make();
    const text = body.text();
    body.push(Buffer.from("a"));
    body.on("error", () => {}).destroy(error);
    await expect(text).rejects.toBe(error);
    await expect(body.bytes()).rejects.toBe(error);
  });

  it("ends the request when it is not read to its end, and only then", async () => {
    const { body, asked } = make();
    body.push(Buffer.from("a"));
    body.on("error", () => {}).destroy();
    expect(asked).toContain("abort");
    const whole = make();
    whole.body.push(null);
    await whole.body.text();
    await once(whole.body, "close");
    expect(whole.asked).not.toContain("abort");
  });

  it("asks its server to wait while its body is not read", () => {
    const { body } = make();
    expect(body.push(Buffer.alloc(70_000))).toBe(false);
    const collected = make();
    void collected.body.bytes();
    expect(collected.body.push(Buffer.alloc(70_000))).toBe(true);
  });

  it("is dropped by dump(), to its end or up to a limit", async () => {
    const small = make();
    const dumped = small.body.dump();
    small.body.push(Buffer.alloc(10));
    small.body.push(null);
    await dumped;
    expect(small.asked).not.toContain("abort");
    const long = make();
    const cut = long.body.dump({ limit: 5 });
    long.body.push(Buffer.alloc(10));
    await cut;
    expect(long.asked).toContain("abort");
    const announced = make({ contentLength: 1_000_000 });
    await announced.body.dump();
    expect(announced.asked).toContain("abort");
    const reason = new Error("enough");
    await expect(make().body.dump({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("is a Readable", () => {
    expect(make().body).toBeInstanceOf(Readable);
  });
});
