import { createHash, createHmac } from "node:crypto";
import { connect } from "node:http2";
import { SignatureV4 } from "@smithy/signature-v4";
import { type Aws, startAws } from "@countersign/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let aws: Aws;
beforeEach(async () => {
  aws = await startAws({ http2: true });
});
afterEach(() => aws.close());

/** The hash that the AWS SDK's signer is given on Node. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as string);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

describe("events signed by the AWS SDK's own signer", () => {
  it("are accepted in their chain and answered", async () => {
    const date = new Date(aws.clock.now());
    const signer = new SignatureV4({ service: "sagemaker", region: aws.region, credentials: aws.user, sha256: Sha256 });
    const { host, hostname, port } = new URL(aws.url.runtimeHttp2);
    const path = "/endpoints/chat/invocations-bidirectional-stream";
    const signed = await signer.sign(
      {
        method: "POST",
        protocol: "https:",
        hostname,
        port: Number(port),
        path,
        query: {},
        headers: {
          host,
          "content-type": "application/vnd.amazon.eventstream",
          "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-EVENTS",
        },
      },
      { signingDate: date },
    );
    let priorSignature = /Signature=([0-9a-f]{64})/.exec(signed.headers["authorization"] ?? "")?.[1] ?? "";
    const wrap = async (payload: Uint8Array): Promise<Buffer> => {
      const dateHeader = header(":date", 8, bigEndian(date.getTime()));
      const signature = await signer.sign({ headers: dateHeader, payload }, { priorSignature, signingDate: date });
      priorSignature = signature;
      const bytes = Buffer.from(signature, "hex");
      return message([dateHeader, header(":chunk-signature", 6, Buffer.from([0, bytes.length]), bytes)], payload);
    };

    const session = connect(aws.url.runtimeHttp2, { ca: aws.ca });
    const stream = session.request({ ...signed.headers, ":method": "POST", ":path": path });
    const part = message(
      [header(":event-type", 7, Buffer.from([0, 11]), Buffer.from("PayloadPart"))],
      Buffer.from("hello"),
    );
    stream.write(await wrap(part));
    stream.end(await wrap(new Uint8Array()));
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = Buffer.concat(chunks).toString("latin1");
    expect(answer).toContain("PayloadPart");
    expect(answer).toContain("hello");
    expect(answer).not.toContain("error");
    session.close();
  });
});

describe("http2: true", () => {
  it("lets every service speak HTTP/2", async () => {
    const session = connect(aws.url.sts, { ca: aws.ca });
    const stream = session.request({ ":method": "POST", ":path": "/" });
    stream.end("Action=GetCallerIdentity&Version=2011-06-15");
    const status = await new Promise((resolve) => stream.once("response", (head) => resolve(head[":status"])));
    expect(status).toBe(403);
    stream.resume();
    session.close();
  });
});

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function header(name: string, type: number, ...value: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Uint8Array.of(name.length), Buffer.from(name), Uint8Array.of(type), ...value]);
}

function message(headers: readonly Uint8Array[], payload: Uint8Array): Buffer {
  const head = Buffer.concat(headers);
  const bytes = Buffer.alloc(16 + head.length + payload.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(head.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  head.copy(bytes, 12);
  bytes.set(payload, 12 + head.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes;
}

/** ISO 3309, written out: not the code under test. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
