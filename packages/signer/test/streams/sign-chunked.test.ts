import { describe, expect, it } from "vitest";
import { createSigner } from "@countersign/signer";
import { type ChunkedUpload, signChunked } from "@countersign/signer/chunked";
import { handClock } from "../clock/hand-clock.ts";
import { s3Examples } from "../vectors/official.ts";

const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const make = (also: readonly string[] = []) =>
  createSigner({
    region: "us-east-1",
    service: "s3",
    credentials,
    clock: handClock(Date.parse("2013-05-24T00:00:00Z")),
    settings: { signedHeaders: { also } },
  });

const url = "https://s3.amazonaws.com/examplebucket/chunkObject.txt";
const data = new Uint8Array(66_560).fill(0x61);

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk.slice());
  return Buffer.concat(all);
}

describe("the examples of the S3 documentation", () => {
  const examples = s3Examples("chunked");

  it.each(examples)("$headers", async ({ headers, trailer, encodedLength, seed, chunks, trailerSignature }) => {
    const signedOnes = Object.keys(headers).filter((name) => name.toLowerCase().startsWith("content-"));
    const upload = await signChunked(make(signedOnes), {
      method: "PUT",
      url,
      headers: { "x-amz-storage-class": "REDUCED_REDUNDANCY" },
      decodedLength: data.length,
      ...(trailer && { trailer }),
    });
    expect(upload.headers["authorization"]).toContain(`Signature=${seed}`);
    const body = await collect(upload.encode(data));
    const signatures = [...body.toString("latin1").matchAll(/;chunk-signature=(\w+)\r\n/g)].map((match) => match[1]);
    expect(signatures).toEqual(chunks);
    const last = /x-amz-trailer-signature:(\w+)\r\n\r\n$/.exec(body.toString("latin1"))?.[1];
    expect(last).toBe(trailerSignature);
    expect(body).toHaveLength(encodedLength ?? Number(upload.headers["content-length"]));
  });
});

describe("signChunked", () => {
  const upload: ChunkedUpload = { method: "PUT", url, decodedLength: 20_000, chunkSize: 8192 };
  const bytes = new Uint8Array(20_000).map((_, i) => i);

  it("frames the same whatever the pieces are, and announces the length it sends", async () => {
    const signed = await signChunked(make(), upload);
    const whole = await collect(signed.encode(bytes));
    for (const size of [1, 1000, 8192, 19_999]) {
      const pieces = Array.from({ length: Math.ceil(20_000 / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(await collect(signed.encode(pieces))).toEqual(whole);
    }
    expect(signed.headers["content-length"]).toBe(String(whole.length));
    expect(signed.headers).toMatchObject({
      "content-encoding": "aws-chunked",
      "x-amz-decoded-content-length": "20000",
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    });
    const sizes = [...whole.toString("latin1").matchAll(/(\w+);chunk-signature=/g)].map((match) => match[1]);
    expect(sizes).toEqual(["2000", "2000", "e20", "0"]);
  });

  it("sends an empty body as one empty chunk", async () => {
    const signed = await signChunked(make(), { ...upload, decodedLength: 0 });
    const body = await collect(signed.encode([]));
    expect(body.toString()).toMatch(/^0;chunk-signature=[\da-f]{64}\r\n\r\n$/);
    expect(signed.headers["content-length"]).toBe(String(body.length));
  });

  it("sends unsigned chunks with a trailer that is known at the end", async () => {
    let sum = "";
    const signed = await signChunked(make(), {
      ...upload,
      headers: { "Content-Encoding": "gzip" },
      trailer: { "X-Amz-Checksum-Crc32c": () => sum },
      payload: "streaming-unsigned-trailer",
    });
    sum = "sOO8/Q==";
    const body = (await collect(signed.encode(bytes))).toString("latin1");
    expect(body.endsWith("\r\n0\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n\r\n")).toBe(true);
    expect(signed.headers).toMatchObject({
      "content-encoding": "aws-chunked,gzip",
      "x-amz-trailer": "x-amz-checksum-crc32c",
      "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    });
    expect(signed.headers).not.toHaveProperty("content-length");
  });

  it.each([19_999, 20_001])("does not finish a body of %i bytes where 20,000 were announced", async (length) => {
    const signed = await signChunked(make(), upload);
    await expect(collect(signed.encode([new Uint8Array(length)]))).rejects.toThrow(
      expect.objectContaining({ code: "INVALID_BODY" }),
    );
  });

  it.each<[string, Partial<ChunkedUpload>]>([
    ["a negative length", { decodedLength: -1 }],
    ["chunks that S3 refuses", { chunkSize: 1024 }],
    ["a trailer that would not be sent", { trailer: { a: "b" }, payload: "streaming-signed" }],
    ["a mode without its trailer", { payload: "streaming-signed-trailer" }],
    ["a trailer name with a space", { trailer: { "a b": "c" } }],
  ])("refuses %s", async (_, options) => {
    await expect(signChunked(make(), { ...upload, ...options })).rejects.toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });

  it("refuses a trailer value that would end its line", async () => {
    const trailer = { "x-amz-a": "a\r\nb: c" };
    await expect(signChunked(make(), { ...upload, trailer })).rejects.toThrow(
      expect.objectContaining({ code: "INVALID_HEADER" }),
    );
  });
});
