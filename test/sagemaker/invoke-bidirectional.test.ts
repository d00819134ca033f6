import http2, { type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, connect, createServer as createRelay, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { Sha256 } from "@aws-crypto/sha256-js";
import { type BidirectionalStream, createSageMaker, type SageMaker } from "@countersign/sagemaker";
import { createVerifier } from "@countersign/signer/verify";
import { createTransport, type Transport } from "@countersign/transport";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
// The package's own codec is proven against zlib's CRC and the format's tables; what is proven here is the chain.
import { createEventDecoder } from "../../packages/sagemaker/src/event-stream/event-decoder.ts";
import { encodeMessage, type SentMessage } from "../../packages/sagemaker/src/event-stream/encode-message.ts";
import type { EventMessage } from "../../packages/sagemaker/src/event-stream/event-message.ts";

const credentials = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const region = "eu-west-1";

/** AWS's own signer: what each event's signature must be. */
const oracle = new SignatureV4({ credentials, region, service: "sagemaker", sha256: Sha256 });
const verify = createVerifier({
  resolve: async () => ({ secretAccessKey: credentials.secretAccessKey, sessionToken: credentials.sessionToken }),
  region,
  service: "sagemaker",
});

/** AWS's own codec for what is around each event: its date and its signature. */
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === "string" ? bytes : Buffer.from(bytes).toString()),
  (text) => Buffer.from(text),
);

async function* signedEvents(stream: AsyncIterable<Uint8Array>) {
  let held = Buffer.alloc(0);
  for await (const chunk of stream) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= held.readUInt32BE(0)) {
      const { headers, body } = codec.decode(held.subarray(0, held.readUInt32BE(0)));
      held = held.subarray(held.readUInt32BE(0));
      const [date, signature] = [headers[":date"]?.value, headers[":chunk-signature"]?.value];
      if (!(date instanceof Date && signature instanceof Uint8Array)) throw new Error("an event is not signed");
      yield { date, given: Buffer.from(signature).toString("hex"), payload: body };
    }
  }
}

interface Received {
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly messages: EventMessage[];
  /** The signed empty event came. */
  ended: boolean;
}

type Model = (stream: ServerHttp2Stream, message: EventMessage | undefined, received: Received) => void;

const echo: Model = (stream, message) => {
  if (message === undefined) stream.end();
  else {
    const { DataType, CompletionState } = message.headers as SentMessage["headers"];
    stream.write(part(message.payload, { DataType, CompletionState }));
  }
};

function part(payload: Uint8Array, headers: SentMessage["headers"] = {}): Uint8Array {
  return encodeMessage({ headers: { ":message-type": "event", ":event-type": "PayloadPart", ...headers }, payload });
}

/** A service that takes nothing on trust: request and events are verified in order, each over the one before. */
class Service {
  readonly received: Received[] = [];
  readonly faults: unknown[] = [];
  model: Model = echo;
  refusal: { readonly status: number; readonly code: string } | undefined;
  readonly #server = http2.createServer();
  readonly #sessions = new Set<http2.Http2Session>();

  async listen(): Promise<string> {
    this.#server.on("session", (session) => {
      this.#sessions.add(session);
      session.on("error", () => {}).on("close", () => this.#sessions.delete(session));
    });
    this.#server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      this.#serve(stream, headers as Record<string, string>).catch((error: { readonly code?: string }) => {
        stream.destroy();
        // Half of these tests end streams early; what must not happen is a signature that does not hold.
        if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") this.faults.push(error);
      });
    });
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #serve(stream: ServerHttp2Stream, headers: Record<string, string>): Promise<void> {
    const target = headers[":path"] ?? "";
    const received: Received = { target, headers, messages: [], ended: false };
    this.received.push(received);
    const plain = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
    await verify({
      method: "POST",
      url: target,
      headers: [["host", headers[":authority"] ?? ""], ...plain],
      body: "",
    });
    if (this.refusal !== undefined) {
      stream.respond({ ":status": this.refusal.status, "x-amzn-errortype": this.refusal.code });
      stream.end(JSON.stringify({ Message: "refused" }));
      return;
    }
    stream.respond({ ":status": 200, "x-amzn-invoked-production-variant": "blue", "x-amzn-requestid": "r-1" });
    let priorSignature = headers["authorization"]?.split("Signature=")[1] ?? "";
    for await (const { date, given, payload } of signedEvents(stream)) {
      const { signature } = await oracle.sign(
        { message: { headers: { ":date": { type: "timestamp", value: date } }, body: payload }, priorSignature },
        { signingDate: date },
      );
      if (given !== signature) throw new Error(`The signature is ${given}, and must be ${signature}.`);
      priorSignature = signature;
      const message = payload.length === 0 ? undefined : [...createEventDecoder().push(payload)][0];
      if (message === undefined) received.ended = true;
      else received.messages.push(message);
      this.model(stream, message, received);
    }
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let service: Service;
let url: string;
let transport: Transport;
let sagemaker: SageMaker;
beforeEach(async () => {
  service = new Service();
  url = await service.listen();
  transport = createTransport({ allowLoopbackHttp: true });
  sagemaker = createSageMaker({ region, credentials, transport, endpoint: { url } });
});
afterEach(async () => {
  await transport.close();
  await service.close();
  if (service.faults.length > 0) throw new AggregateError(service.faults, "The service found something wrong.");
});

async function collect(parts: AsyncIterable<Uint8Array>): Promise<string[]> {
  const texts: string[] = [];
  for await (const one of parts) texts.push(Buffer.from(one).toString());
  return texts;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

describe("the request and its events", () => {
  test("carry signatures that AWS's own signer makes, each over the one before, the empty last one too", async () => {
    const stream = await sagemaker.invokeBidirectional("voice", {
      modelInvocationPath: "v1/listen",
      targetVariant: "blue",
    });
    await stream.send("one");
    await stream.send(Uint8Array.of(0, 1, 2), { completionState: "PARTIAL" });
    await stream.send("", { dataType: "BINARY", completionState: "COMPLETE" });
    await stream.end();
    expect(await collect(stream)).toEqual(["one", "\0\u0001\u0002", ""]);
    const [received] = service.received;
    expect(received?.ended).toBe(true);
    expect(received?.target).toBe("/endpoints/voice/invocations-bidirectional-stream");
    expect(received?.headers).toMatchObject({
      "content-type": "application/vnd.amazon.eventstream",
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-EVENTS",
      "x-amzn-sagemaker-model-invocation-path": "v1/listen",
      "x-amzn-sagemaker-target-variant": "blue",
    });
    const kinds = received?.messages.map(({ headers }) => [headers["DataType"], headers["CompletionState"]]);
    expect(kinds).toEqual([
      ["UTF8", undefined],
      ["BINARY", "PARTIAL"],
      ["BINARY", "COMPLETE"],
    ]);
  });

  // smithy-lang/smithy-typescript#1953: a stream that takes new credentials half-way breaks its chain.
  test("keep the credentials of the start when others come meanwhile", async () => {
    let rotated = false;
    const rotating = createSageMaker({
      region,
      transport,
      endpoint: { url },
      credentials: async () => ({
        ...credentials,
        ...(rotated && { accessKeyId: "ASIAOTHER", secretAccessKey: "other".repeat(8), sessionToken: "other" }),
        expiration: new Date(Date.now() + 3_600_000),
      }),
    });
    const stream = await rotating.invokeBidirectional("voice");
    await stream.send("before");
    rotated = true;
    await stream.send("after");
    await stream.end();
    expect(await collect(stream)).toEqual(["before", "after"]);
  });
});

describe("both directions at once", () => {
  test("an answer can be read while sending goes on", async () => {
    const stream = await sagemaker.invokeBidirectional("voice");
    const seen: string[] = [];
    await stream.send("0");
    for await (const one of stream) {
      seen.push(Buffer.from(one).toString());
      if (seen.length < 20) await stream.send(`${seen.length}`);
      else await stream.end();
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`));
  });

  test("many messages sent without waiting arrive in order", async () => {
    const stream = await sagemaker.invokeBidirectional("voice");
    const texts = Array.from({ length: 300 }, (_, index) => `${index}`.repeat(50));
    const reading = collect(stream);
    await Promise.all(texts.map((text) => stream.send(text)));
    await stream.end();
    expect(await reading).toEqual(texts);
  });

  test("events tell the data type, and lines are re-framed as elsewhere", async () => {
    const first = await sagemaker.invokeBidirectional("voice");
    await first.send("a");
    await first.end();
    const events: unknown[] = [];
    for await (const event of first.events) events.push(event);
    expect(events).toEqual([{ PayloadPart: { Bytes: new TextEncoder().encode("a"), DataType: "UTF8" } }]);
    expect((await first.head()).invokedProductionVariant).toBe("blue");

    const second = await sagemaker.invokeBidirectional("voice");
    await second.send('{"a":1}\n{"b"');
    await second.send(":2}\n");
    await second.end();
    const values: unknown[] = [];
    for await (const value of second.json()) values.push(value);
    expect(values).toEqual([{ a: 1 }, { b: 2 }]);
  });
});

describe("what goes wrong", () => {
  test("a refusal reaches the reader and the sender as AWS's error", async () => {
    service.refusal = { status: 424, code: "ModelError" };
    const stream = await sagemaker.invokeBidirectional("voice");
    await expect(collect(stream)).rejects.toMatchObject({ name: "SageMakerError", code: "ModelError", status: 424 });
    await until(() => service.sessions === 0);
    await expect(stream.send("late")).rejects.toMatchObject({ code: "ModelError" });
  });

  test("an exception within the stream is thrown after what came before", async () => {
    service.model = (out, message) => {
      if (message === undefined) return;
      out.write(part(message.payload));
      out.end(
        encodeMessage({
          headers: { ":message-type": "exception", ":exception-type": "ModelStreamError" },
          payload: new TextEncoder().encode('{"Message":"gone","ErrorCode":"StreamBroken"}'),
        }),
      );
    };
    const stream = await sagemaker.invokeBidirectional("voice");
    await stream.send("a");
    await expect(collect(stream)).rejects.toMatchObject({
      code: "ModelStreamError",
      errorCode: "StreamBroken",
      received: { parts: 1, bytes: 1 },
    });
  });

  test("a lost connection is told to both sides", async () => {
    service.model = (out) => out.session?.destroy();
    const stream = await sagemaker.invokeBidirectional("voice");
    await stream.send("a");
    await expect(collect(stream)).rejects.toMatchObject({
      code: expect.stringMatching(/CONNECTION_LOST|STREAM_TRUNCATED/) as string,
    });
    await expect(stream.send("b")).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });

  test("nothing can be sent after the end", async () => {
    const stream = await sagemaker.invokeBidirectional("voice");
    await stream.end();
    await stream.end();
    await expect(stream.send("late")).rejects.toMatchObject({ code: "STREAM_CLOSED" });
    await collect(stream);
  });

  test("an abort is thrown as the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const stream = await sagemaker.invokeBidirectional("voice", { signal: controller.signal });
    await stream.send("a");
    const reading = collect(stream).catch((error: unknown) => error);
    await until(() => service.received[0]?.messages.length === 1);
    controller.abort(reason);
    expect(await reading).toBe(reason);
    await expect(stream.send("b")).rejects.toBe(reason);
  });

  test("is known before connecting where it can be", async () => {
    await expect(sagemaker.invokeBidirectional("no/where")).rejects.toMatchObject({ code: "INVALID_ENDPOINT_NAME" });
    await expect(sagemaker.invokeBidirectional("voice", { modelInvocationPath: "a\r\nb" })).rejects.toMatchObject({
      code: "INVALID_HEADER",
    });
    expect(service.received).toEqual([]);
  });

  test("off Node it says so", async () => {
    const elsewhere = createSageMaker({ region, credentials, fetch: globalThis.fetch });
    await expect(elsewhere.invokeBidirectional("voice")).rejects.toMatchObject({ code: "RUNTIME_UNSUPPORTED" });
  });
});

test("closing, or leaving the loop, ends stream and session", async () => {
  const first = await sagemaker.invokeBidirectional("voice");
  await first.send("a");
  await first.close();
  await until(() => service.sessions === 0);

  const second = await sagemaker.invokeBidirectional("voice");
  await second.send("a");
  for await (const _ of second) break;
  await until(() => service.sessions === 0);
  expect(service.received).toHaveLength(2);
});

describe("a service that keeps its side of the connection open", () => {
  const ends: Socket[] = [];
  // In front of the service: it answers no end of the client's, so that only the client can close the connection.
  const relay = createRelay({ allowHalfOpen: true }, (near) => {
    const far = connect(Number(new URL(url).port), "127.0.0.1");
    near.on("data", (bytes) => far.write(bytes)).on("error", () => far.destroy());
    far.on("data", (bytes) => near.write(bytes)).on("error", () => near.destroy());
    ends.push(near, far);
  });
  beforeEach(async () => {
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    const endpoint = { url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}` };
    sagemaker = createSageMaker({ region, credentials, transport, endpoint });
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) end.destroy();
    await new Promise((resolve) => relay.close(resolve));
  });

  test.each<[string, (stream: BidirectionalStream, controller: AbortController) => Promise<unknown>]>([
    ["an answer that ended", async (stream) => [await stream.end(), await collect(stream)]],
    ["an answer that is closed", (stream) => stream.close()],
    [
      "an answer that is not read to its end",
      async (stream) => {
        for await (const _ of stream) break;
      },
    ],
    [
      "a signal",
      async (stream, controller) => {
        controller.abort();
        await expect(collect(stream)).rejects.toBe(controller.signal.reason);
      },
    ],
    [
      "an error",
      async (stream) => {
        service.model = (out) => void out.end(part(new Uint8Array(0), { ":message-type": "exception" }));
        await stream.send("b");
        await expect(collect(stream)).rejects.toMatchObject({ name: "SageMakerError" });
      },
    ],
  ])("holds none of the client's after %s", async (_, leave) => {
    const controller = new AbortController();
    const stream = await sagemaker.invokeBidirectional("voice", { signal: controller.signal });
    await stream.send("a");
    await until(() => service.received[0]?.messages.length === 1);
    await leave(stream, controller);
    expect(ends).toHaveLength(2);
    await expect.poll(() => transport.stats().open, { timeout: 3_000 }).toBe(0);
  });
});
