import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { decodeEvents } from "../../src/wire/event-stream.ts";
import { invoke, send } from "../send.ts";

let aws: Aws;
beforeEach(async () => {
  aws = await startAws();
});
afterEach(() => aws.close());

describe("InvokeEndpoint", () => {
  it("echoes by default, whatever the endpoint's name", async () => {
    const answer = await invoke(aws, "any", "hello", { headers: { "x-amzn-sagemaker-custom-attributes": "trace=1" } });
    expect([answer.status, answer.text, answer.headers["content-type"]]).toEqual([200, "hello", "text/plain"]);
    expect(answer.headers).toMatchObject({
      "x-amzn-invoked-production-variant": "AllTraffic",
      "x-amzn-sagemaker-custom-attributes": "trace=1",
    });
    expect(answer.headers["x-amzn-requestid"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("answers as scripted, the last reply again and again", async () => {
    aws.endpoint("script", [{ body: "first" }, { body: { n: 2 } }]);
    const texts = [];
    for (let n = 0; n < 3; n += 1) texts.push((await invoke(aws, "script", "")).text);
    expect(texts).toEqual(["first", '{"n":2}', '{"n":2}']);
  });

  it("answers what a function says of the request", async () => {
    aws.endpoint("shout", ({ body, contentType, principal }) => ({
      body: Buffer.from(body).toString().toUpperCase(),
      contentType,
      customAttributes: principal,
    }));
    const answer = await invoke(aws, "shout", "hey");
    expect([answer.text, answer.headers["x-amzn-sagemaker-custom-attributes"]]).toEqual([
      "HEY",
      "arn:aws:iam::123456789012:user/countersign",
    ]);
  });

  it("reports a container's own error as ModelError", async () => {
    aws.endpoint("broken", { modelError: { status: 500, message: "out of memory" } });
    const answer = await invoke(aws, "broken", "");
    expect([answer.status, answer.headers["x-amzn-errortype"]]).toEqual([424, "ModelError"]);
    expect(JSON.parse(answer.text)).toMatchObject({
      ErrorCode: "SERVER_ERROR_FROM_MODEL",
      OriginalStatusCode: 500,
      OriginalMessage: "out of memory",
      LogStreamArn: "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/broken",
      Message: expect.stringContaining(
        'Received server error (500) from primary with message "out of memory"',
      ) as string,
    });
  });

  it("knows the configured endpoints alone, and those the control plane made", async () => {
    const local = await startAws({ endpoints: { known: "echo" } });
    try {
      expect((await invoke(local, "known", "x")).status).toBe(200);
      const answer = await invoke(local, "unknown", "x");
      expect([answer.status, answer.headers["x-amzn-errortype"], answer.text]).toEqual([
        400,
        "ValidationError",
        '{"message":"Endpoint unknown of account 123456789012 not found."}',
      ]);
    } finally {
      await local.close();
    }
  });

  it("refuses a body over 6,291,456 bytes and an invalid name", async () => {
    expect((await invoke(aws, "e", "x".repeat(6_291_456))).status).toBe(200);
    expect((await invoke(aws, "e", "x".repeat(6_291_457))).status).toBe(413);
    expect((await invoke(aws, "e", "x".repeat(9 * 1024 * 1024))).status).toBe(413);
    expect((await invoke(aws, "a_b", "x")).status).toBe(400);
    expect((await send(aws, `${aws.url.runtime}/elsewhere`)).status).toBe(404);
  });

  it("honours policies by endpoint", async () => {
    const role = aws.role("caller");
    role.update({
      policies: [
        {
          Statement: {
            Effect: "Allow",
            Action: "sagemaker:InvokeEndpoint",
            Resource: "arn:aws:sagemaker:*:*:endpoint/mine",
          },
        },
      ],
    });
    const credentials = role.session();
    expect((await invoke(aws, "mine", "", { credentials })).status).toBe(200);
    const denied = await invoke(aws, "yours", "", { credentials });
    expect([denied.status, denied.headers["x-amzn-errortype"]]).toEqual([403, "AccessDeniedException"]);
    expect(denied.text).toContain(
      "arn:aws:sts::123456789012:assumed-role/caller/session is not authorized to perform: sagemaker:InvokeEndpoint on resource: arn:aws:sagemaker:us-east-1:123456789012:endpoint/yours because no identity-based policy allows the sagemaker:InvokeEndpoint action",
    );
  });

  it("opens a session for who asks", async () => {
    const answer = await invoke(aws, "e", "", { headers: { "x-amzn-sagemaker-session-id": "NEW_SESSION" } });
    expect(answer.headers["x-amzn-sagemaker-new-session-id"]).toMatch(/^[0-9a-f-]{36}; Expires=\d{4}-.*Z$/);
  });
});

describe("the headers of an invocation", () => {
  const cases: readonly (readonly [path: string, header: string, value: string, code: string])[] = [
    ["invocations", "x-amzn-sagemaker-inference-id", "i".repeat(65), "ValidationError"],
    ["invocations", "x-amzn-sagemaker-custom-attributes", "a".repeat(1025), "ValidationError"],
    ["invocations", "x-amzn-sagemaker-target-variant", "-v", "ValidationError"],
    ["invocations", "x-amzn-sagemaker-session-id", "a b", "ValidationError"],
    ["invocations-response-stream", "x-amzn-sagemaker-inference-component", "a_b", "ValidationError"],
    ["async-invocations", "x-amzn-sagemaker-requestttlseconds", "59", "ValidationError"],
    ["async-invocations", "x-amzn-sagemaker-requestttlseconds", "an hour", "SerializationException"],
    ["async-invocations", "x-amzn-sagemaker-filename", "a.b.c", "ValidationError"],
    ["async-invocations", "x-amzn-sagemaker-s3outputpathextension", "s3://x", "ValidationError"],
  ];
  it.each(cases)("of %s are checked by the model: %s", async (path, header, value, code) => {
    const sent = await send(aws, `${aws.url.runtime}/endpoints/echo/${path}`, {
      headers: { [header]: value },
      body: "x",
    });
    expect([sent.status, sent.headers["x-amzn-errortype"]]).toEqual([400, code]);
  });
});

describe("InvokeEndpointAsync", () => {
  const ask = (headers: Record<string, string>, body = "") =>
    send(aws, `${aws.url.runtime}/endpoints/e/async-invocations`, { headers, body });

  it("accepts input in S3 or in the body, and says where the output will be", async () => {
    const answer = await ask({
      "x-amzn-sagemaker-inputlocation": "s3://bucket/in.json",
      "x-amzn-sagemaker-inference-id": "i-1",
    });
    expect([answer.status, answer.text]).toEqual([202, '{"InferenceId":"i-1"}']);
    expect(answer.headers["x-amzn-sagemaker-outputlocation"]).toMatch(/^s3:\/\/.*\.out$/);
    expect(answer.headers["x-amzn-sagemaker-failurelocation"]).toMatch(/^s3:\/\/.*-error\.out$/);
    expect((await ask({}, "inline")).status).toBe(202);
  });

  it("refuses both, neither, and too much", async () => {
    expect((await ask({})).status).toBe(400);
    expect((await ask({ "x-amzn-sagemaker-inputlocation": "s3://bucket/in.json" }, "inline")).status).toBe(400);
    expect((await ask({}, "x".repeat(128_001))).status).toBe(400);
    expect((await ask({ "x-amzn-sagemaker-inputlocation": "ftp://bucket" })).status).toBe(400);
  });
});

describe("InvokeEndpointWithResponseStream", () => {
  const ask = () => send(aws, `${aws.url.runtime}/endpoints/e/invocations-response-stream`, { body: "" });
  async function events(bytes: Uint8Array) {
    const found = [];
    const source = async function* (): AsyncGenerator<Uint8Array> {
      // One byte at a time: however the network cuts it.
      for (const byte of bytes) yield Uint8Array.of(byte);
    };
    for await (const { headers, payload } of decodeEvents(source()))
      found.push([headers[":event-type"] ?? headers[":exception-type"], payload.toString()]);
    return found;
  }

  it("sends the parts as they are cut, in events whose checksums hold", async () => {
    aws.endpoint("e", { parts: ["Hel", "lo ", Buffer.from("world")], contentType: "text/plain" });
    const answer = await ask();
    expect(answer.headers).toMatchObject({
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-sagemaker-content-type": "text/plain",
    });
    expect(await events(answer.body)).toEqual([
      ["PayloadPart", "Hel"],
      ["PayloadPart", "lo "],
      ["PayloadPart", "world"],
    ]);
  });

  it("ends with an exception of the stream", async () => {
    aws.endpoint("e", { parts: ["a"], ending: { modelStreamError: { code: "StreamBroken", message: "model died" } } });
    expect(await events((await ask()).body)).toEqual([
      ["PayloadPart", "a"],
      ["ModelStreamError", '{"ErrorCode":"StreamBroken","Message":"model died"}'],
    ]);
    aws.endpoint("e", { ending: { internalStreamFailure: { message: "ours" } } });
    expect(await events((await ask()).body)).toEqual([["InternalStreamFailure", '{"Message":"ours"}']]);
  });

  it("ends with a corrupt event, or within one", async () => {
    aws.endpoint("e", { parts: ["a"], ending: "corrupt" });
    await expect(events((await ask()).body)).rejects.toThrow("checksum");
    aws.endpoint("e", { parts: ["a"], ending: "cut" });
    await expect(ask()).rejects.toThrow("aborted");
  });
});
