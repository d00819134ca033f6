import { createHash } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { type ClientHttp2Stream, connect, constants } from "node:http2";
import { Readable } from "node:stream";
import { createSigner, type PayloadMode, type Signer } from "@countersign/signer";
import { signChunked } from "@countersign/signer/chunked";
import { createTransport } from "@countersign/transport";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createProxy, issueKey, type Proxy } from "../src/index.ts";
import { hashed } from "../src/receive/hashed-body.ts";
import { startStore, type Store, storeKey } from "./store.ts";

const key = issueKey();
const transport = createTransport({ allowLoopbackHttp: true });
let store: Store;
let proxy: Proxy;
let url: string;
let signer: Signer;

beforeAll(async () => {
  store = await startStore();
  proxy = await createProxy({
    transport,
    endpoints: { s3: { url: store.url } },
    clients: [
      {
        name: "job",
        key,
        credentials: storeKey,
        allow: [{ actions: ["s3:PutObject", "s3:GetObject"], resources: ["bucket/*"] }],
        maxBodyBytes: 1000,
      },
    ],
  });
  ({ url } = await proxy.listen({}));
  signer = createSigner({ region: "us-east-1", service: "s3", credentials: key });
});
afterAll(async () => {
  await proxy.close();
  await transport.close();
  await store.close();
});
beforeEach(() => {
  store.objects.clear();
  store.failures.length = 0;
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

function send(
  method: string,
  to: string,
  headers: Readonly<Record<string, string>>,
  body?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(to, { method, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString() }));
      response.on("error", reject);
    });
    request.on("error", reject);
    if (body === undefined) request.end();
    else
      Readable.from(body)
        .on("error", (error) => request.destroy(error))
        .pipe(request);
  });
}

const data = Buffer.alloc(300_000, "0123456789");
const sha256 = createHash("sha256").update(data).digest("hex");
const inPieces = (bytes: Buffer): Buffer[] => [
  bytes.subarray(0, 100_000),
  bytes.subarray(100_000, 100_001),
  bytes.subarray(100_001),
];

describe("an upload with the hash of its body", () => {
  it("passes in pieces, above what is read whole, and arrives signed anew", async () => {
    const signed = await signer.sign({ method: "PUT", url: `${url}/bucket/a`, payload: { sha256 } });
    const { status } = await send(
      "PUT",
      signed.url,
      { ...signed.headers, "content-length": String(data.length) },
      inPieces(data),
    );
    expect([status, store.objects.get("/bucket/a")?.payload]).toEqual([200, "hash"]);
    expect(Buffer.compare(store.objects.get("/bucket/a")?.body ?? Buffer.of(), data)).toBe(0);
  });

  it("is never complete at the store when its last byte was changed", async () => {
    const signed = await signer.sign({ method: "PUT", url: `${url}/bucket/a`, payload: { sha256 } });
    const changed = Buffer.from(data);
    changed[changed.length - 1] = 0;
    const { status } = await send(
      "PUT",
      signed.url,
      { ...signed.headers, "content-length": String(data.length) },
      inPieces(changed),
    );
    expect([status, store.objects.size]).toEqual([400, 0]);
  });

  it("keeps its last piece until its hash is known to be right, whatever the pieces are", () => {
    const [one, two] = [Buffer.from("one"), Buffer.from("two")];
    const right = hashed(createHash("sha256").update("onetwo").digest("hex"));
    const none = Buffer.alloc(0);
    expect([right.piece(one), right.piece(two), right.piece(none), right.end()]).toEqual([
      undefined,
      one,
      undefined,
      two,
    ]);
    const wrong = hashed(createHash("sha256").update("onetwX").digest("hex"));
    expect([wrong.piece(one), wrong.piece(two)]).toEqual([undefined, one]);
    expect(() => wrong.end()).toThrow(expect.objectContaining({ code: "XAmzContentSHA256Mismatch" }));
  });

  it("is never complete when it ends early", async () => {
    const signed = await signer.sign({ method: "PUT", url: `${url}/bucket/a`, payload: { sha256 } });
    async function* cut() {
      yield data.subarray(0, 1000);
      throw new Error("cut");
    }
    await expect(
      send("PUT", signed.url, { ...signed.headers, "content-length": String(data.length) }, cut()),
    ).rejects.toThrow("cut");
    await expect.poll(() => store.failures.length + store.objects.size).toBe(1);
    expect(store.objects.size).toBe(0);
  });
});

describe("an upload by a presigned URL", () => {
  const presigned = async (): Promise<string> => (await signer.presign({ method: "PUT", url: `${url}/bucket/a` })).url;
  const length = { "content-length": String(data.length) };

  it("passes in pieces, above what is read whole, as one that is not signed", async () => {
    const { status } = await send("PUT", await presigned(), length, inPieces(data));
    expect([status, store.objects.get("/bucket/a")?.payload]).toEqual([200, "unsigned"]);
    expect(Buffer.compare(store.objects.get("/bucket/a")?.body ?? Buffer.of(), data)).toBe(0);
  });

  it("with the hash in the URL has that hash", async () => {
    const target = `${url}/bucket/a?X-Amz-Content-Sha256=${sha256}`;
    const { url: to } = await signer.presign({ method: "PUT", url: target, payload: { sha256 } });
    expect((await send("PUT", to, length, inPieces(data))).status).toBe(200);
    expect(store.objects.get("/bucket/a")?.payload).toBe("hash");
    store.objects.clear();
    expect((await send("PUT", to, length, inPieces(Buffer.alloc(data.length)))).status).toBe(400);
    expect(store.objects.size).toBe(0);
  });

  it("with a wrong signature is refused before its body comes", async () => {
    async function* never(): AsyncGenerator<Uint8Array> {
      yield data.subarray(0, 1);
      await once(new EventTarget(), "never");
    }
    const to = (await presigned()).replace(/.$/u, (last) => (last === "0" ? "1" : "0"));
    expect((await send("PUT", to, length, never())).status).toBe(403);
  });

  it("of another service is proven with its body, whatever else its query says", async () => {
    const other = createSigner({ region: "us-east-1", credentials: key });
    const claim = encodeURIComponent(`${key.accessKeyId}/20261130/us-east-1/s3/aws4_request`);
    const signed = await other.presign({ method: "PUT", url: `${url}/bucket/a?Credential=${claim}`, body: "" });
    expect((await send("PUT", signed.url, length, inPieces(data))).status).toBeGreaterThanOrEqual(400);
    expect(store.objects.size).toBe(0);
  });
});

describe("an upload over HTTP/2", () => {
  async function upload(payload: PayloadMode, write: (stream: ClientHttp2Stream) => void): Promise<number | undefined> {
    const session = connect(url);
    const { headers } = await signer.sign({ method: "PUT", url: `${url}/bucket/h2`, payload });
    const length = { "content-length": String(data.length) };
    const stream = session.request({ ...headers, ...length, ":method": "PUT", ":path": "/bucket/h2" });
    const ended = once(stream.on("error", () => undefined).resume(), "close");
    let status: number | undefined;
    stream.on("response", (head) => (status = head[":status"]));
    write(stream);
    await ended;
    session.destroy();
    return status;
  }

  it.each(["hash", "unsigned"])("(%s) passes in pieces", async (form) => {
    expect(await upload(form === "hash" ? { sha256 } : "unsigned", (stream) => stream.end(data))).toBe(200);
    expect(Buffer.compare(store.objects.get("/bucket/h2")?.body ?? Buffer.of(), data)).toBe(0);
  });

  it("is never complete at the store when a byte was changed", async () => {
    expect(await upload({ sha256 }, (stream) => stream.end(withByte(data, 100)))).toBe(400);
    expect(store.objects.size).toBe(0);
  });

  it.each(["hash", "unsigned"])("(%s) is never complete at the store when its stream is reset", async (form) => {
    const status = await upload(form === "hash" ? { sha256 } : "unsigned", (stream) => {
      stream.write(data.subarray(0, 200_000), () => stream.close(constants.NGHTTP2_CANCEL));
    });
    await expect.poll(() => store.failures.length + store.objects.size).toBe(1);
    expect([status, store.objects.size]).toEqual([undefined, 0]);
  });
});

describe("an upload in chunks", () => {
  it.each(["streaming-signed", "streaming-signed-trailer", "streaming-unsigned-trailer"] as const)(
    "(%s) is verified and signed anew, chunk by chunk",
    async (payload) => {
      const trailer = payload === "streaming-signed" ? {} : { trailer: { "x-amz-checksum-crc32": "AAAAAA==" } };
      const upload = await signChunked(signer, {
        method: "PUT",
        url: `${url}/bucket/c`,
        decodedLength: data.length,
        payload,
        ...trailer,
      });
      const { status } = await send("PUT", upload.url, upload.headers, upload.encode(data));
      expect(status).toBe(200);
      const stored = store.objects.get("/bucket/c");
      expect(stored).toMatchObject({
        payload,
        ...(payload !== "streaming-signed" && { trailers: { "x-amz-checksum-crc32": "AAAAAA==" } }),
      });
      expect(Buffer.compare(stored?.body ?? Buffer.of(), data)).toBe(0);
    },
  );

  it.each<[string, (framed: Buffer, other: Buffer) => Buffer]>([
    ["a changed byte in the second chunk", (framed) => withByte(framed, 65_536 + 500)],
    [
      "a chunk of another upload",
      (framed, other) => Buffer.concat([framed.subarray(0, 65_536 + 88), other.subarray(65_536 + 88)]),
    ],
    [
      "chunks in another order",
      (framed) =>
        Buffer.concat([
          framed.subarray(65_536 + 89, 2 * (65_536 + 89)),
          framed.subarray(0, 65_536 + 89),
          framed.subarray(2 * (65_536 + 89)),
        ]),
    ],
    ["no last chunk", (framed) => framed.subarray(0, framed.length - 90)],
    ["something after the last chunk", (framed) => Buffer.concat([framed, Buffer.from("0\r\n\r\n")])],
  ])("with %s is never complete at the store", async (_, change) => {
    const uploads = await Promise.all(
      ["x", "y"].map(async (name) => {
        const upload = await signChunked(signer, {
          method: "PUT",
          url: `${url}/bucket/${name}`,
          decodedLength: data.length,
        });
        const pieces: Uint8Array[] = [];
        for await (const piece of upload.encode(data)) pieces.push(piece);
        return { upload, framed: Buffer.concat(pieces) };
      }),
    );
    const [mine, other] = uploads as [(typeof uploads)[0], (typeof uploads)[0]];
    const changed = change(mine.framed, other.framed);
    expect(changed.equals(mine.framed)).toBe(false);
    const { status } = await send(
      "PUT",
      mine.upload.url,
      { ...mine.upload.headers, "content-length": String(changed.length) },
      [changed],
    ).catch(() => ({ status: 0 }));
    expect(status).not.toBe(200);
    expect(store.objects.size).toBe(0);
  });
});

it("a chunk that is not signed may be as long as the body, as the SDKs for Go and Rust send it", async () => {
  const long = Buffer.alloc(17_000_000, "0123456789");
  const framed = Buffer.concat([
    Buffer.from(`${long.length.toString(16)}\r\n`),
    long,
    Buffer.from("\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"),
  ]);
  const { headers } = await signer.sign({
    method: "PUT",
    url: `${url}/bucket/one`,
    headers: {
      "content-encoding": "aws-chunked",
      "x-amz-decoded-content-length": String(long.length),
      "x-amz-trailer": "x-amz-checksum-crc32",
    },
    payload: "streaming-unsigned-trailer",
  });
  const upload = (bytes: Buffer): ReturnType<typeof send> =>
    send("PUT", `${url}/bucket/one`, { ...headers, "content-length": String(bytes.length) }, [bytes]);
  expect(await upload(framed)).toMatchObject({ status: 200 });
  expect(Buffer.compare(store.objects.get("/bucket/one")?.body ?? Buffer.of(), long)).toBe(0);
  store.objects.clear();
  // One byte less than its length, and one more.
  for (const by of [-1, 1]) {
    const size = (long.length + by).toString(16);
    const wrong = Buffer.concat([Buffer.from(size), framed.subarray(framed.indexOf("\r\n"))]);
    expect([(await upload(wrong)).status, store.objects.size]).toEqual([400, 0]);
  }
});

describe("an upload in signed chunks with a signed trailer", () => {
  const trailer = { "x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-sha256": "mine" };
  const signature = /x-amz-trailer-signature:[0-9a-f]{64}\r\n/u;
  const line = (name: keyof typeof trailer): string => `${name}:${trailer[name]}\r\n`;
  const [checksum, note] = [line("x-amz-checksum-crc32"), line("x-amz-checksum-sha256")];

  async function upload(
    change: (trailers: string, other: string) => string,
    announce: (names: string) => string = (names) => names,
  ): Promise<number> {
    const [mine, other] = await Promise.all(
      ["x", "y"].map(async (name) => {
        const made = await signChunked(signer, {
          method: "PUT",
          url: `${url}/bucket/${name}`,
          decodedLength: data.length,
          payload: "streaming-signed-trailer",
          trailer,
        });
        const pieces: Uint8Array[] = [];
        for await (const piece of made.encode(data)) pieces.push(piece);
        const framed = Buffer.concat(pieces).toString("latin1");
        const at = framed.lastIndexOf("0;chunk-signature=");
        const body = framed.indexOf("\r\n", at) + 2;
        return { made, framed: framed.slice(0, body), trailers: framed.slice(body) };
      }),
    );
    if (mine === undefined || other === undefined) throw new Error("no upload");
    const changed = Buffer.from(mine.framed + change(mine.trailers, other.trailers), "latin1");
    const headers: Record<string, string> = { ...mine.made.headers, "content-length": String(changed.length) };
    headers["x-amz-trailer"] = announce(headers["x-amz-trailer"] ?? "");
    const { status } = await send("PUT", mine.made.url, headers, [changed]).catch(() => ({ status: 0 }));
    return status;
  }

  it("is taken as it is", async () => {
    expect([await upload((trailers) => trailers), store.objects.get("/bucket/x")?.trailers]).toEqual([200, trailer]);
  });

  it.each<[string, (trailers: string, other: string) => string]>([
    ["a flipped byte in a value", (trailers) => trailers.replace("AAAAAA==", "AAAAAB==")],
    [
      "a flipped byte in its signature",
      (trailers) => trailers.replace(/(signature:)(.)/u, (_, name, digit) => name + (digit === "0" ? "1" : "0")),
    ],
    ["the signature of another upload", (_, other) => other],
    ["no signature: the trailer of the unsigned form", (trailers) => trailers.replace(signature, "")],
    ["an empty signature", (trailers) => trailers.replace(signature, "x-amz-trailer-signature:\r\n")],
    ["two signatures", (trailers) => trailers.replace(signature, (found) => found + found)],
    ["its signature first", (trailers) => (signature.exec(trailers)?.[0] ?? "") + trailers.replace(signature, "")],
    ["a header taken away", (trailers) => trailers.replace(note, "")],
    ["a header twice", (trailers) => trailers.replace(note, note + note)],
    [
      "a header with another value beside it",
      (trailers) => trailers.replace(note, `${note}x-amz-checksum-sha256:theirs\r\n`),
    ],
    ["the headers in another order", (trailers) => trailers.replace(checksum + note, note + checksum)],
    ["a header that was not announced", (trailers) => trailers.replace(note, `${note}x-amz-acl:public-read\r\n`)],
    ["a folded line", (trailers) => trailers.replace("mine\r\n", "mine\r\n more\r\n")],
    ["lines that end with a line feed alone", (trailers) => trailers.replaceAll("\r\n", "\n")],
    ["all of it taken away", () => "\r\n"],
    ["nothing after its last chunk", () => ""],
    ["a second trailer", (trailers) => trailers + trailers],
  ])("with %s is never complete at the store", async (_, change) => {
    expect(await upload(change)).not.toBe(200);
    expect(store.objects.size).toBe(0);
  });

  it.each<[string, (names: string) => string]>([
    ["one name less", (names) => names.split(",").slice(0, 1).join(",")],
    ["one name more", (names) => `${names},x-amz-meta-more`],
    ["none", () => ""],
  ])("is refused where x-amz-trailer announces %s than what was signed", async (_, announce) => {
    expect(await upload((trailers) => trailers, announce)).not.toBe(200);
    expect(store.objects.size).toBe(0);
  });
});

it("a download streams, and other objects stay out of reach", async () => {
  store.objects.set("/bucket/a", { body: data, payload: "hash" });
  const signed = await signer.sign({ method: "GET", url: `${url}/bucket/a` });
  const { text } = await send("GET", signed.url, signed.headers);
  expect(text.length).toBe(data.length);
  const other = await signer.sign({ method: "GET", url: `${url}/secrets/a` });
  expect(await send("GET", other.url, other.headers)).toMatchObject({
    status: 403,
    text: expect.stringContaining("<Code>AccessDenied</Code>"),
  });
});

it("a body that has to be read whole is refused above the client's limit", async () => {
  const runtime = createSigner({ region: "us-east-1", credentials: key });
  const signed = await runtime.sign({ method: "POST", url: `${url}/endpoints/e/invocations`, body: data });
  const { status, text } = await send(
    "POST",
    signed.url,
    { ...signed.headers, "content-length": String(data.length) },
    [data],
  );
  expect([status, text]).toEqual([413, expect.stringContaining("at most 1000 bytes")]);
});

function withByte(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
