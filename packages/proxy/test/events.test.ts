import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, connect as connectTcp, createServer as createRelay, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { createSigner } from "@countersign/signer";
import type { StreamPart } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AuditRecord, createProxy, issueKey, type Proxy } from "../src/index.ts";
import { issueCertificates } from "./certificates.ts";
import { type Conversation, converse, encode, header, part } from "./conversation.ts";
import { type Local, startProxy } from "./local.ts";

let local: Local;
let session: ClientHttp2Session;
/** What the model has got of the client. */
const heard: string[] = [];

beforeAll(async () => {
  local = await startProxy({ maxBodyBytes: 100_000 });
  local.aws.endpoint("chat", {
    converse: async function* (parts: AsyncIterable<StreamPart>) {
      for await (const one of parts) {
        heard.push(Buffer.from(one.bytes ?? "").toString());
        yield one;
      }
    },
  });
});
afterAll(() => local.close());
beforeEach(() => {
  local.aws.reset();
  local.audit.length = 0;
  heard.length = 0;
  session = connect(local.listening.url);
});
// Node 20 can crash where a session is destroyed with open streams.
afterEach(async () => {
  await Promise.all(talks.splice(0).map(leave));
  session.close();
});

const talks: Conversation[] = [];
async function open(
  key = local.key,
  options: Parameters<typeof converse>[3] = {},
  through = session,
  origin = local.listening.url,
): Promise<Conversation> {
  const talk = await converse(through, origin, key, { now: () => local.aws.clock.now(), ...options });
  talks.push(talk);
  return talk;
}

describe("a conversation over HTTP/2", () => {
  it("passes each event on as it comes, verified and signed anew, and each answer before the next event", async () => {
    const talk = await open();
    for (const text of ["one", "two", "three"]) {
      talk.stream.write(talk.sign(part(text)));
      expect(await talk.next()).toMatchObject({ headers: { ":event-type": "PayloadPart" }, payload: text });
    }
    talk.stream.end(talk.sign(Buffer.alloc(0)));
    expect([await talk.rest(), heard]).toEqual([[], ["one", "two", "three"]]);
    const [call] = local.aws.calls();
    expect(call).toMatchObject({ operation: "InvokeEndpointWithBidirectionalStream", status: 200 });
    expect(JSON.stringify(call)).not.toContain(local.key.accessKeyId);
    await expect
      .poll(() => local.audit)
      .toMatchObject([
        {
          client: "notebook",
          actions: ["sagemaker:InvokeEndpointWithBidirectionalStream"],
          resource: "endpoint/chat",
          decision: "sent",
          code: null,
          status: 200,
          upstreamTls: { protocol: "TLSv1.3" },
        },
      ]);
    expect(local.audit[0]?.bytesIn).toBeGreaterThan(300);
  });

  it("runs over TLS", async () => {
    const { server, ca } = issueCertificates();
    const { url } = await local.proxy.listen({ ...server });
    const overTls = connect(url.replace("127.0.0.1", "localhost"), { ca });
    const talk = await open(local.key, {}, overTls, url.replace("127.0.0.1", "localhost"));
    talk.stream.write(talk.sign(part("over TLS")));
    talk.stream.end(talk.sign(Buffer.alloc(0)));
    expect(await talk.rest()).toMatchObject([{ payload: "over TLS" }]);
    overTls.close();
    expect(overTls.alpnProtocol).toBe("h2");
  });

  it("holds several streams at once", async () => {
    const eight = await Promise.all(Array.from({ length: 8 }, () => open()));
    for (const [index, talk] of eight.entries()) talk.stream.write(talk.sign(part(`n${index}`)));
    const answers = await Promise.all(eight.map((talk) => talk.next()));
    expect(answers.map((one) => one?.payload)).toEqual(eight.map((_, index) => `n${index}`));
    for (const talk of eight) talk.stream.end(talk.sign(Buffer.alloc(0)));
    await Promise.all(eight.map((talk) => talk.rest()));
    await expect.poll(() => local.audit.length).toBe(eight.length);
  });

  it("ends at AWS when its client leaves", async () => {
    const talk = await open();
    talk.stream.write(talk.sign(part("one")));
    await talk.next();
    await leave(talk);
    await expect.poll(() => local.audit.map(({ decision }) => decision)).toContain("sent");
    await expect.poll(() => local.transport.stats().open).toBe(0);
  });

  it("may carry any other request too", async () => {
    const signer = createSigner({ region: "us-east-1", credentials: local.key, clock: local.aws.clock });
    const path = "/endpoints/churn/invocations";
    const signed = await signer.sign({ method: "POST", url: local.listening.url + path, body: "{}" });
    const stream = session.request({ ...signed.headers, ":method": "POST", ":path": path });
    stream.end("{}");
    const [head] = (await once(stream, "response")) as [Record<string, unknown>];
    const pieces: Buffer[] = [];
    for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece);
    expect([head[":status"], Buffer.concat(pieces).toString()]).toEqual([200, "{}"]);
  });
});

describe("an event that its signature does not cover goes nowhere, and the client reads why", () => {
  const flip = (bytes: Buffer, at: number): Buffer => {
    const changed = Buffer.from(bytes);
    changed[at < 0 ? changed.length + at : at] = (changed.at(at) ?? 0) ^ 1;
    // An attacker mends the checksums, which need no key.
    const headersEnd = 12 + changed.readUInt32BE(4);
    return encode([changed.subarray(12, headersEnd)], changed.subarray(headersEnd, changed.length - 4));
  };
  const text = (name: string, value: string): Buffer =>
    header(name, 7, Buffer.from([0, value.length]), Buffer.from(value));

  it.each<[string, string, (talk: Conversation, other: Conversation) => Buffer]>([
    ["one flipped byte", "SignatureDoesNotMatch", (talk) => flip(talk.sign(part("two")), -6)],
    ["a flipped byte of its signature", "SignatureDoesNotMatch", (talk) => flip(talk.sign(part("two")), 60)],
    ["a changed date", "SignatureDoesNotMatch", (talk) => flip(talk.sign(part("two")), 24)],
    ["an event of another stream", "SignatureDoesNotMatch", (_, other) => other.sign(part("two"))],
    ["an event left out", "SignatureDoesNotMatch", (talk) => (talk.sign(part("left out")), talk.sign(part("two")))],
    [
      "a header that no signature covers",
      "ValidationException",
      (talk) => talk.sign(part("two"), { headers: [text("x", "y")] }),
    ],
    ["no signature at all", "ValidationException", () => part("two")],
    [
      "a wrong checksum",
      "ValidationException",
      (talk) => {
        const signed = talk.sign(part("two"));
        signed.writeUInt8(signed.readUInt8(signed.length - 1) ^ 1, signed.length - 1);
        return signed;
      },
    ],
    [
      "a date of an hour ago",
      "RequestTimeTooSkewed",
      (talk) => talk.sign(part("two"), { date: new Date(local.aws.clock.now() - 3_600_000) }),
    ],
    ["more bytes than the client may send", "RequestEntityTooLarge", (talk) => talk.sign(Buffer.alloc(100_001))],
  ])("%s", async (_, code, second) => {
    const [talk, other] = await Promise.all([open(), open(local.key, { endpoint: "other" })]);
    other.sign(part("one"));
    talk.stream.write(talk.sign(part("one")));
    expect(await talk.next()).toMatchObject({ payload: "one" });
    talk.stream.write(second(talk, other));
    expect(await talk.rest()).toMatchObject([
      {
        headers: {
          ":message-type": "error",
          ":error-code": code,
          ":error-message": expect.stringMatching(/\w+ .*\.$/u),
        },
      },
    ]);
    expect(heard).toEqual(["one"]);
    await leave(other);
    await expect.poll(() => local.audit.some((record) => record.code === code)).toBe(true);
  });

  it("and the stream is closed although its client does not end it", async () => {
    const talk = await open();
    const closed = once(talk.stream, "close");
    talk.stream.resume().write(part("not signed"));
    await closed;
    expect(talk.stream.rstCode).toBe(0);
  });

  it("the same event twice", async () => {
    const talk = await open();
    const one = talk.sign(part("one"));
    talk.stream.write(Buffer.concat([one, one]));
    await talk.rest();
    await expect.poll(() => local.audit.map(({ code }) => code)).toContain("SignatureDoesNotMatch");
    expect(heard.length).toBeLessThan(2);
  });

  it.each<[string, (talk: Conversation) => Buffer, string]>([
    ["a stream that is cut off", (talk) => talk.sign(part("one")), "IncompleteBody"],
    [
      "bytes after the last event",
      (talk) => Buffer.concat([talk.sign(Buffer.alloc(0)), Buffer.from("more")]),
      "ValidationException",
    ],
  ])("%s", async (_, last, code) => {
    const talk = await open();
    talk.stream.end(last(talk));
    await talk.rest();
    await expect.poll(() => local.audit.map((record) => record.code)).toContain(code);
  });
});

describe("a stream that is not allowed is refused before anything is sent", () => {
  const refused = async (talk: Conversation): Promise<readonly unknown[]> => {
    const head = await talk.head();
    const pieces: Buffer[] = [];
    for await (const piece of talk.stream as AsyncIterable<Buffer>) pieces.push(piece);
    return [head[":status"], head["x-amzn-errortype"], local.aws.calls().length, Buffer.concat(pieces).toString()];
  };

  it("by an action that no allowance names", async () => {
    const narrow = await startProxy({ allow: [{ actions: ["sagemaker:InvokeEndpoint"] }] });
    const through = connect(narrow.listening.url);
    const talk = await converse(through, narrow.listening.url, narrow.key, { now: () => narrow.aws.clock.now() });
    const [status, code, , body] = await refused(talk);
    expect([status, code, body, narrow.aws.calls()]).toEqual([
      403,
      "AccessDeniedException",
      expect.stringContaining("does not allow notebook to perform sagemaker:InvokeEndpointWithBidirectionalStream"),
      [],
    ]);
    through.close();
    await narrow.close();
  });

  it("with a key of another proxy", async () => {
    expect(await refused(await open(issueKey()))).toEqual([403, "InvalidClientTokenId", 0, expect.anything()]);
  });

  it("with another authority than the one signed for, or two", async () => {
    expect(await refused(await open(local.key, {}, session, "http://localhost:1"))).toEqual([
      403,
      "SignatureDoesNotMatch",
      0,
      expect.anything(),
    ]);
    const { host } = new URL(local.listening.url);
    const stream = session.request({ ":method": "POST", ":path": "/", ":authority": host, host: "evil.test" });
    const [head] = (await once(stream, "response")) as [Record<string, unknown>];
    stream.resume();
    await once(stream, "close");
    expect([head[":status"], local.aws.calls()]).toEqual([400, []]);
  });

  it("over HTTP/1.1", async () => {
    const signer = createSigner({ region: "us-east-1", credentials: local.key, clock: local.aws.clock });
    const url = `${local.listening.url}/endpoints/chat/invocations-bidirectional-stream`;
    const { headers } = await signer.sign({ method: "POST", url, payload: "streaming-events" });
    const response = await fetch(url, { method: "POST", headers, body: "x" });
    expect([response.status, await response.text(), local.audit.at(-1)?.decision]).toEqual([
      400,
      expect.stringContaining("must come over HTTP/2"),
      "refused",
    ]);
  });
});

it("a stream goes on with the key and the allowances that it began with when its client gets others, or is gone", async () => {
  const talk = await open();
  talk.stream.write(talk.sign(part("begun")));
  expect(await talk.next()).toMatchObject({ payload: "begun" });
  const begun = { name: "notebook", key: local.key, credentials: local.session };
  const allow = [{ actions: ["sagemaker:*", "sts:GetCallerIdentity"] }];
  for (const [text, client] of [
    ["another key", { ...begun, key: issueKey(), allow }],
    ["nothing allowed", { ...begun, allow: [] }],
    ["gone", { ...begun, name: "other", key: issueKey(), allow }],
  ] as const) {
    local.proxy.replaceClients([client]);
    talk.stream.write(talk.sign(part(text)));
    expect(await talk.next()).toMatchObject({ payload: text });
    expect(await (await open()).head()).toMatchObject({ ":status": 403 });
  }
  local.proxy.replaceClients([{ ...begun, allow, maxBodyBytes: 100_000 }]);
});

it("a body without a length is not taken for an empty one", async () => {
  const free = await startProxy({ allow: [{ actions: ["s3:PutObject"] }] }, { endpoints: { url: local.aws.url.s3 } });
  const through = connect(free.listening.url);
  const own = createSigner({ region: "us-east-1", service: "s3", credentials: free.key, clock: free.aws.clock });
  const { headers } = await own.sign({ method: "PUT", url: `${free.listening.url}/bucket/a`, payload: "unsigned" });
  const stream = through.request({ ...headers, ":method": "PUT", ":path": "/bucket/a" });
  stream.end("body");
  const [head] = (await once(stream, "response")) as [Record<string, unknown>];
  stream.resume();
  expect([head[":status"], free.audit.map(({ decision }) => decision)]).toEqual([400, ["refused"]]);
  through.close();
  await free.close();
});

it("a tunnel to SageMaker's own host and port carries a conversation, and no other host of it has that port", async () => {
  const forward = await local.proxy.listenForward();
  const authority = "runtime.sagemaker.us-east-1.amazonaws.com:8443";
  const socket = connectTcp(Number(new URL(forward.url).port), "127.0.0.1");
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`);
  await once(socket, "data");
  const inside = connectTls({ socket, servername: authority.split(":")[0], ca: forward.ca, ALPNProtocols: ["h2"] });
  await once(inside, "secureConnect");
  const through = connect(`https://${authority}`, { createConnection: () => inside });
  const talk = await open(local.key, {}, through, `https://${authority}`);
  talk.stream.write(talk.sign(part("inside")));
  talk.stream.end(talk.sign(Buffer.alloc(0)));
  expect(await talk.rest()).toMatchObject([{ payload: "inside" }]);
  through.close();
});

describe("a service that does not play along", () => {
  let answer: (stream: ServerHttp2Stream) => void;
  const service = createServer().on("stream", (stream: ServerHttp2Stream) => {
    stream.on("error", () => undefined);
    answer(stream);
  });
  // In front of it, so that its side of a connection can stay open whatever the proxy does.
  const relay = createRelay({ allowHalfOpen: true }, (near) => {
    const far = connectTcp((service.address() as AddressInfo).port, "127.0.0.1");
    near.on("data", (bytes) => far.write(bytes)).on("error", () => far.destroy());
    far.on("data", (bytes) => near.write(bytes)).on("error", () => near.destroy());
    far.once("close", () => {
      if (!staysOpen) near.destroy();
    });
    ends.push(near, far);
  });
  const ends: Socket[] = [];
  let staysOpen = false;
  const transport = createTransport({ allowLoopbackHttp: true });
  const audit: AuditRecord[] = [];
  const key = issueKey();
  const credentials = {
    accessKeyId: "ASIAREALKEYOFTHEROLE",
    secretAccessKey: "real-secret",
    sessionToken: "TOKEN+/==",
  };
  let proxy: Proxy;
  let url: string;
  let through: ClientHttp2Session;

  beforeAll(async () => {
    await once(service.listen(0, "127.0.0.1"), "listening");
    await once(relay.listen(0, "127.0.0.1"), "listening");
    proxy = await createProxy({
      transport,
      audit: (record) => audit.push(record),
      endpoints: { url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}` },
      clients: [{ name: "a", key, credentials, allow: [{ actions: ["sagemaker:Invoke*"] }] }],
    });
    ({ url } = await proxy.listen({}));
    through = connect(url);
  });
  afterAll(async () => {
    through.close();
    await proxy.close();
    await transport.close();
    for (const end of ends) end.destroy();
    relay.close();
    service.close();
  });

  const speak = async (): Promise<Conversation> => {
    const talk = await converse(through, url, key);
    talks.push(talk);
    return talk;
  };

  it("and refuses the proxy's own signature is no fault of the client, and its error is not quoted", async () => {
    answer = (stream) => {
      stream.respond({ ":status": 403, "x-amzn-errortype": "ExpiredTokenException" });
      stream.end(JSON.stringify({ message: credentials.sessionToken }));
    };
    const talk = await speak();
    const head = await talk.head();
    const pieces: Buffer[] = [];
    for await (const piece of talk.stream as AsyncIterable<Buffer>) pieces.push(piece);
    expect([head[":status"], Buffer.concat(pieces).toString()]).toEqual([503, expect.stringContaining("try again")]);
    await expect.poll(() => JSON.stringify(audit)).toContain("ExpiredToken");
    expect(JSON.stringify(audit) + Buffer.concat(pieces).toString()).not.toContain("TOKEN+");
  });

  it("and does not read is not read ahead for: memory holds a bounded part of the stream", async () => {
    answer = (stream) => stream.respond({ ":status": 200 });
    const talk = await speak();
    await talk.head();
    let written = 0;
    const event = Buffer.alloc(60_000);
    // An honest client waits for room; it may wait forever here.
    while (written < 400 && (talk.stream.write(talk.sign(event)) || (await drained(talk.stream)))) written += 1;
    expect(written).toBeLessThan(40);
    await leave(talk);
  });

  it("and breaks off in the middle of an event breaks off for the client too", async () => {
    let breakOff = (): void => undefined;
    answer = (stream) => {
      stream.respond({ ":status": 200, "content-type": "application/vnd.amazon.eventstream" });
      stream.write(part("whole"));
      stream.write(part("half").subarray(0, 20));
      breakOff = () => stream.close(2);
    };
    const talk = await speak();
    const closed = new Promise((resolve) => talk.stream.once("close", resolve));
    expect(await talk.next()).toMatchObject({ payload: "whole" });
    breakOff();
    await talk.rest().catch(() => undefined);
    await closed;
    expect(talk.stream.rstCode).not.toBe(0);
  });

  it.each<[string, (stream: ServerHttp2Stream) => void]>([
    ["resets the stream", (stream) => stream.destroy(new Error("reset"))],
    ["loses its connection", (stream) => stream.session?.destroy()],
  ])("and %s between two events breaks off for the client too: it is no end", async (_, breakOff) => {
    let end = (): void => undefined;
    answer = (stream) => {
      stream.respond({ ":status": 200, "content-type": "application/vnd.amazon.eventstream" });
      stream.write(part("whole"));
      end = () => breakOff(stream);
    };
    const talk = await speak();
    expect(await talk.next()).toMatchObject({ payload: "whole" });
    end();
    expect(await talk.rest().catch(() => "broken off")).toBe("broken off");
    await leave(talk);
  });

  it.each<[string, (talk: Conversation) => void]>([
    ["an event that no signature covers", (talk) => void talk.stream.write(part("two"))],
    ["a stream that is cut off", (talk) => void talk.stream.end()],
  ])("and sends more than the client reads is left after %s", async (_, last) => {
    let full = false;
    answer = (stream) => {
      stream.respond({ ":status": 200 });
      stream.resume();
      const fill = (): void => {
        while (!stream.destroyed && stream.write(part("a".repeat(60_000))));
        full = true;
        stream.once("drain", fill);
      };
      fill();
    };
    const talk = await speak();
    talk.stream.write(talk.sign(part("one")));
    await talk.head();
    await expect.poll(() => full && transport.stats().open, { timeout: 20_000 }).toBe(1);
    await setTimeout(300);
    last(talk);
    await expect.poll(() => transport.stats().open, { timeout: 20_000 }).toBe(0);
    await leave(talk);
  });

  it.each<[string, (stream: ServerHttp2Stream) => void, (talk: Conversation) => Promise<unknown>]>([
    ["a client that left", (stream) => stream.respond({ ":status": 200 }), leave],
    [
      "an answer that ended",
      (stream) => {
        stream.respond({ ":status": 200 });
        stream.resume().once("end", () => stream.end(part("last")));
      },
      (talk) => {
        talk.stream.end(talk.sign(Buffer.alloc(0)));
        return talk.rest();
      },
    ],
    [
      "an answer that ended before the client",
      (stream) => {
        stream.respond({ ":status": 200 });
        stream.end();
      },
      (talk) => talk.rest(),
    ],
    ["an error", (stream) => void (stream.respond({ ":status": 400 }), stream.end("{}")), (talk) => talk.head()],
    [
      "its GOAWAY and an answer that ended",
      (stream) => {
        stream.respond({ ":status": 200 });
        stream.session?.goaway(0);
        stream.end(part("last"));
      },
      (talk) => talk.rest(),
    ],
    [
      "its GOAWAY and a client that left",
      (stream) => {
        stream.respond({ ":status": 200 });
        stream.session?.goaway(0);
      },
      leave,
    ],
    [
      "it has stopped reading and its client has left",
      (stream) => {
        stream.session?.settings({ initialWindowSize: 100_000_000 });
        stream.session?.setLocalWindowSize(100_000_000);
        stream.respond({ ":status": 200 });
      },
      async (talk) => {
        ends.at(-2)?.pause();
        const event = Buffer.alloc(1_000_000);
        while (talk.stream.write(talk.sign(event)) || (await drained(talk.stream)));
        await leave(talk);
      },
    ],
  ])("and keeps its connection after %s holds none of the proxy", async (_, behave, wait) => {
    answer = behave;
    staysOpen = true;
    const before = ends.length;
    const talk = await speak();
    talk.stream.write(talk.sign(part("one")));
    await talk.head();
    await wait(talk);
    expect(ends.length).toBe(before + 2);
    await expect.poll(() => transport.stats().open, { timeout: 10_000 }).toBe(0);
  });
});

async function leave({ stream }: Conversation): Promise<void> {
  if (stream.destroyed) return;
  const closed = new Promise((resolve) => stream.once("close", resolve));
  stream.close(constants.NGHTTP2_CANCEL);
  stream.resume();
  await Promise.race([closed, setTimeout(2_000)]);
}

function drained(stream: ClientHttp2Stream): Promise<boolean> {
  return Promise.race([once(stream, "drain").then(() => true), setTimeout(300, false)]);
}
