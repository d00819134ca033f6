import { createHash, createHmac } from "node:crypto";
import { type ClientHttp2Session, connect } from "node:http2";
import { applySignature, signRequest } from "@countersign/signer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { decodeEvents, encodeEvent, encodeEventHeaders, type EventMessage } from "../../src/wire/event-stream.ts";

let aws: Aws;
let session: ClientHttp2Session;
beforeEach(async () => {
  aws = await startAws();
  session = connect(aws.url.runtimeHttp2, { ca: aws.ca });
});
afterEach(async () => {
  session.close();
  await aws.close();
});

const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const hex = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Signs events as https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html describes. */
function conversation(endpointName: string, base = aws.url.runtimeHttp2, date = new Date(aws.clock.now())) {
  const { secretAccessKey } = aws.user;
  const request = {
    method: "POST",
    url: `${base}/endpoints/${endpointName}/invocations-bidirectional-stream`,
    headers: {
      "content-type": "application/vnd.amazon.eventstream",
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-EVENTS",
    },
    payload: "streaming-events",
  } as const;
  const signature = signRequest(request, { credentials: aws.user, region: aws.region, service: "sagemaker", date });
  let prior = signature.signature;
  const timestamp = date.toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const scope = `${timestamp.slice(0, 8)}/${aws.region}/sagemaker/aws4_request`;
  const key = scope.split("/").reduce<string | Uint8Array>(hmac, `AWS4${secretAccessKey}`) as Buffer;

  const sign = (payload: Uint8Array): Buffer => {
    const text = [
      "AWS4-HMAC-SHA256-PAYLOAD",
      timestamp,
      scope,
      prior,
      hex(encodeEventHeaders({ ":date": date })),
      hex(payload),
    ];
    const signed = hmac(key, text.join("\n"));
    prior = signed.toString("hex");
    return encodeEvent({ headers: { ":date": date, ":chunk-signature": signed }, payload });
  };
  const { headers, url } = applySignature(request, signature);
  const stream = session.request({
    ...headers,
    ":method": "POST",
    ":path": new URL(url).pathname,
    ":scheme": "https",
    ":authority": new URL(url).host,
  });
  const status = new Promise<unknown>((resolve) => stream.once("response", (head) => resolve(head[":status"])));
  const answers = decodeEvents(stream as AsyncIterable<Uint8Array>);
  return {
    status,
    stream,
    sign,
    say: (text: string) =>
      stream.write(
        sign(
          encodeEvent({
            headers: {
              ":message-type": "event",
              ":event-type": "PayloadPart",
              DataType: "UTF8",
              CompletionState: "COMPLETE",
            },
            payload: Buffer.from(text),
          }),
        ),
      ),
    finish: () => stream.end(sign(new Uint8Array())),
    next: async (): Promise<EventMessage | undefined> => (await answers.next()).value as EventMessage | undefined,
  };
}

describe("InvokeEndpointWithBidirectionalStream", () => {
  it("answers each part as it comes, and ends with the signed empty event", async () => {
    const talk = conversation("chat");
    expect(await talk.status).toBe(200);
    talk.say("one");
    const first = await talk.next();
    expect(first?.headers).toMatchObject({
      ":event-type": "PayloadPart",
      DataType: "UTF8",
      CompletionState: "COMPLETE",
    });
    expect(Buffer.from(first?.payload ?? []).toString()).toBe("one");
    talk.say("two");
    expect(Buffer.from((await talk.next())?.payload ?? []).toString()).toBe("two");
    talk.finish();
    expect(await talk.next()).toBeUndefined();
    expect(aws.calls({ service: "runtime-http2" })).toMatchObject([
      { operation: "InvokeEndpointWithBidirectionalStream", status: 200 },
    ]);
  });

  it("is served behind the one URL for all services too", async () => {
    session.close();
    session = connect(aws.url.all, { ca: aws.ca });
    const talk = conversation("chat", aws.url.all);
    talk.say("one");
    expect(Buffer.from((await talk.next())?.payload ?? []).toString()).toBe("one");
  });

  it("lets a model converse", async () => {
    aws.endpoint("counter", {
      async *converse(parts) {
        let count = 0;
        for await (const _ of parts) count += 1;
        yield { bytes: String(count) };
      },
    });
    const talk = conversation("counter");
    talk.say("a");
    talk.say("b");
    talk.finish();
    expect(Buffer.from((await talk.next())?.payload ?? []).toString()).toBe("2");
  });

  it("refuses an event whose payload was changed, and all that follow", async () => {
    const talk = conversation("chat");
    const event = talk.sign(encodeEvent({ headers: { ":event-type": "PayloadPart" }, payload: Buffer.from("pay 10") }));
    const inner = encodeEvent({ headers: { ":event-type": "PayloadPart" }, payload: Buffer.from("pay 99") });
    for await (const { headers } of decodeEvents(only(event)))
      talk.stream.write(encodeEvent({ headers, payload: inner }));
    expect((await talk.next())?.headers).toMatchObject({
      ":message-type": "error",
      ":error-code": "InvalidSignatureException",
    });
    expect(await talk.next()).toBeUndefined();
  });

  it("refuses events in another order", async () => {
    const talk = conversation("chat");
    const part = (text: string) =>
      encodeEvent({ headers: { ":event-type": "PayloadPart" }, payload: Buffer.from(text) });
    const [first, second] = [talk.sign(part("1")), talk.sign(part("2"))];
    talk.stream.write(second);
    talk.stream.write(first);
    expect((await talk.next())?.headers).toMatchObject({ ":error-code": "InvalidSignatureException" });
  });

  it("refuses a stream that ends without the event that closes it", async () => {
    const talk = conversation("chat");
    talk.say("one");
    await talk.next();
    talk.stream.end();
    expect((await talk.next())?.headers).toMatchObject({ ":error-code": "IncompleteSignatureException" });
  });

  it("refuses the request itself when its date is old", async () => {
    const talk = conversation("chat", undefined, new Date(aws.clock.now() - 301_000));
    expect(await talk.status).toBe(403);
  });
});

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
