import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createVerifier, type ReceivedRequest, type VerifierOptions } from "../../src/verify.ts";
import { handClock } from "../clock/hand-clock.ts";
import { s3Examples } from "../vectors/official.ts";

const secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const timestamp = "20130524T000000Z";
const scope = "20130524/us-east-1/s3/aws4_request";

function setup(options: Partial<VerifierOptions> = {}) {
  return createVerifier({
    clock: handClock(Date.UTC(2013, 4, 24)),
    resolve: async () => ({ secretAccessKey }),
    ...options,
  });
}

const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Uint8Array, data: string): Uint8Array => createHmac("sha256", key).update(data).digest();
const key = scope.split("/").reduce<string | Uint8Array>((last, part) => hmac(last, part), `AWS4${secretAccessKey}`);
const sign = (text: string): string => createHmac("sha256", key).update(text).digest("hex");

/** Signs a chunked upload with nothing but node:crypto. */
function upload(parts: readonly string[], payload: string, trailer?: string): ReceivedRequest {
  const length = parts.join("").length;
  const extra = trailer === undefined ? {} : { "x-amz-trailer": "x-amz-checksum-crc32" };
  const headers: Record<string, string> = {
    host: "b.s3.amazonaws.com",
    "x-amz-content-sha256": payload,
    "x-amz-date": timestamp,
    "x-amz-decoded-content-length": String(length),
    ...extra,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  const canonical = ["PUT", "/k", "", ...lines, "", names, payload].join("\n");
  const seed = sign(["AWS4-HMAC-SHA256", timestamp, scope, sha256(canonical)].join("\n"));
  let previous = seed;
  let body = "";
  const signed = !payload.includes("UNSIGNED");
  for (const part of [...parts, ""]) {
    previous = sign(["AWS4-HMAC-SHA256-PAYLOAD", timestamp, scope, previous, sha256(""), sha256(part)].join("\n"));
    body += `${part.length.toString(16)}${signed ? `;chunk-signature=${previous}` : ""}\r\n${part}${part && "\r\n"}`;
  }
  if (trailer !== undefined) {
    previous = sign(["AWS4-HMAC-SHA256-TRAILER", timestamp, scope, previous, sha256(`${trailer}\n`)].join("\n"));
    body += `${trailer}\r\n${signed ? `x-amz-trailer-signature:${previous}\r\n` : ""}`;
  }
  const authorization = `AWS4-HMAC-SHA256 Credential=AKID/${scope}, SignedHeaders=${names}, Signature=${seed}`;
  return { method: "PUT", url: "/k", headers: { ...headers, authorization }, body: `${body}\r\n` };
}

const SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
const UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const CRC = "x-amz-checksum-crc32:AAAAAA==";

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

describe("a body in chunks", () => {
  it("is verified chunk by chunk and handed back without its framing", async () => {
    const verified = await setup()(upload(["first", "second part"], SIGNED));
    expect(text(verified.body)).toBe("firstsecond part");
    expect(verified.payload).toBe("streaming-signed");
    expect(verified.trailers).toBeUndefined();
  });

  it("may be empty", async () => {
    expect((await setup()(upload([], SIGNED))).body).toHaveLength(0);
  });

  it("may have a trailer, signed or not", async () => {
    const signed = await setup()(upload(["data"], SIGNED_TRAILER, CRC));
    expect(signed.trailers).toEqual({ "x-amz-checksum-crc32": "AAAAAA==" });
    const unsigned = await setup()(upload(["data"], UNSIGNED_TRAILER, CRC));
    expect(unsigned).toMatchObject({
      payload: "streaming-unsigned-trailer",
      trailers: { "x-amz-checksum-crc32": "AAAAAA==" },
    });
    expect(text(unsigned.body)).toBe("data");
    const strict = setup({ unsignedPayload: "refuse" });
    await expect(strict(upload(["data"], UNSIGNED_TRAILER, CRC))).rejects.toMatchObject({ name: "VerifyError" });
  });

  it("has the trailers that were announced, and no others", async () => {
    const whole = upload(["data"], UNSIGNED_TRAILER, CRC);
    const body = whole.body as string;
    const loud = await setup()({ ...whole, body: body.replace(CRC, "X-Amz-Checksum-CRC32:  AAAAAA== ") });
    expect(loud.trailers).toEqual({ "x-amz-checksum-crc32": "AAAAAA==" });
    for (const lines of [
      `${CRC}\r\nx-amz-meta-a:1`,
      "x-amz-meta-a:1",
      ":1",
      "no trailer",
      `${CRC}\r\n${CRC}x\r\n\r\n`,
      "",
    ]) {
      const changed = body.replace(`${CRC}\r\n`, lines && `${lines}\r\n`);
      await expect(setup()({ ...whole, body: changed })).rejects.toMatchObject({ code: "IncompleteBody" });
    }
    for (const size of ["ffffffff", `4;chunk-signature=${"0".repeat(64)}`]) {
      const changed = body.replace(/^4/, size);
      await expect(setup()({ ...whole, body: changed })).rejects.toMatchObject({ code: "IncompleteBody" });
    }
  });

  it("is refused when a byte, the order, the trailer or a signature is changed", async () => {
    const whole = upload(["first", "other"], SIGNED_TRAILER, CRC);
    const body = whole.body as string;
    const chunks = [...body.matchAll(/5;chunk-signature=.{64}\r\n.{5}\r\n/g)].map(([chunk]) => chunk);
    const changes = [
      body.replace("first", "fir5t"),
      body.replace(chunks[0] ?? "", "").replace(chunks[1] ?? "", `${chunks[1]}${chunks[0]}`),
      body.replace("AAAAAA==", "AAAAAB=="),
      body.replace(/trailer-signature:./, "trailer-signature:g"),
      body.replace(/chunk-signature=([\da-f])/, (_, digit) => `chunk-signature=${digit === "0" ? "1" : "0"}`),
    ];
    for (const changed of changes) {
      expect(changed).not.toBe(body);
      await expect(setup()({ ...whole, body: changed })).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
    }
  });

  it.each(["EVIL", "\n", " ", "\r"])(
    "is refused when %j is written behind the longest line that is read",
    async (more) => {
      const longest = CRC.replace("AAAAAA==", "A".repeat(8192 - "x-amz-checksum-crc32:".length));
      const whole = upload(["data"], SIGNED_TRAILER, longest);
      await expect(setup()(whole)).resolves.toMatchObject({ trailers: { "x-amz-checksum-crc32": longest.slice(21) } });
      const changed = (whole.body as string).replace(longest, `${longest}${more}`);
      await expect(setup()({ ...whole, body: changed })).rejects.toMatchObject({ code: "IncompleteBody" });
    },
  );

  it("is refused when it is cut short, goes on, or is framed in any other way", async () => {
    const whole = upload(["first"], SIGNED_TRAILER, CRC);
    const body = whole.body as string;
    const cuts = Array.from(body, (_, end) => body.slice(0, end));
    const changes = [
      ...cuts,
      `${body}x`,
      body.replace(/;chunk-signature=.{64}/, ""),
      body.replace("5;", "-5;"),
      body.replace("5;", "ffffffff;"),
      body.replace("5;", "0x5;"),
      body.replace("chunk-signature", "Chunk-SIGNATURE"),
      body.replace(CRC, `${CRC}\v`),
      body.replace(CRC, `${CRC}\r\nx-amz-meta-a:1`),
      body.replace(/x-amz-trailer-signature:.{64}\r\n/, ""),
      body.replace(/x-amz-trailer-signature:.{64}\r\n/, (line) => line + line),
    ];
    for (const changed of changes) {
      expect(changed).not.toBe(body);
      await expect(setup()({ ...whole, body: changed })).rejects.toMatchObject({ name: "VerifyError" });
    }
  });

  it("must have the length that was announced and signed", async () => {
    const whole = upload(["first"], SIGNED);
    const lying = { ...(whole.headers as Record<string, string>), "x-amz-decoded-content-length": "6" };
    await expect(setup()({ ...whole, headers: lying })).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
    // Nothing may be dropped at the end either: the last, empty chunk is signed too.
    const [head] = (whole.body as string).split("0;chunk");
    await expect(setup()({ ...whole, body: head })).rejects.toMatchObject({ code: "IncompleteBody", httpStatus: 400 });
  });

  it("is not read when it is not given: its chunks are verified through the chain", async () => {
    const { body, ...head } = upload(["first", "second"], SIGNED);
    const { chain, body: none } = await setup()(head);
    expect(none).toBeUndefined();
    const signatures = [...(body as string).matchAll(/signature=(.{64})/g)].map(([, signature]) => signature ?? "");
    const bytes = (part: string): Uint8Array => new TextEncoder().encode(part);
    chain?.chunk(bytes("first"), signatures[0] ?? "");
    expect(() => chain?.chunk(bytes("forged"), signatures[1] ?? "")).toThrow(/signature of a payload is wrong/);
    // Once broken the chain stays broken.
    expect(() => chain?.chunk(bytes("second"), signatures[1] ?? "")).toThrow(/signature of a payload is wrong/);
  });
});

describe("the chunked examples of the S3 documentation", () => {
  const examples = s3Examples("chunked");

  it.each(examples)("are verified: $payload", async (example) => {
    const data = "a".repeat(66_560);
    const parts = [data.slice(0, example.chunkSize), data.slice(example.chunkSize), ""];
    let body = "";
    for (const [index, part] of parts.entries()) {
      body += `${part.length.toString(16)};chunk-signature=${example.chunks[index]}\r\n${part}${part && "\r\n"}`;
    }
    for (const [name, value] of Object.entries(example.trailer ?? {})) body += `${name}:${value}\r\n`;
    if (example.trailerSignature) body += `x-amz-trailer-signature:${example.trailerSignature}\r\n`;
    const headers: Record<string, string> = {
      ...Object.fromEntries(Object.entries(example.headers).map(([name, value]) => [name.toLowerCase(), value])),
      host: "s3.amazonaws.com",
      "x-amz-content-sha256": example.payload,
      "x-amz-date": timestamp,
    };
    const names = Object.keys(headers).toSorted().join(";");
    headers["authorization"] =
      `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/${scope},SignedHeaders=${names},Signature=${example.seed}`;
    const request = { method: example.method, url: example.url, headers, body: `${body}\r\n` };
    const verified = await setup()(request);
    expect(text(verified.body)).toBe(data);
    expect(verified.trailers).toEqual(example.trailer);
    await expect(setup()({ ...request, body: request.body.replace("aaa", "aab") })).rejects.toThrow(/wrong/);
  });
});
