import { connect } from "node:http2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Aws, type Fault, startAws, TestingError } from "../../src/index.ts";
import { control, element, invoke, sts } from "../send.ts";

let aws: Aws;
beforeEach(async () => {
  aws = await startAws({ roles: ["worker"] });
});
afterEach(() => aws.close());

const assume = () => sts(aws, { Action: "AssumeRole", RoleArn: aws.role("worker").arn, RoleSessionName: "one" });
const whoAmI = () => sts(aws, { Action: "GetCallerIdentity" });

describe("a fault", () => {
  it("hits its operation, as often as it says", async () => {
    const fault = aws.fault({ service: "sts", operation: "AssumeRole", kind: "throttle", times: 2, retryAfter: 3 });
    expect((await whoAmI()).status).toBe(200);
    const throttled = await assume();
    expect([throttled.status, element(throttled.text, "Code"), element(throttled.text, "Message")]).toEqual([
      400,
      "Throttling",
      "Rate exceeded",
    ]);
    expect(throttled.headers["retry-after"]).toBe("3");
    await assume();
    expect(fault.hits).toBe(2);
    expect((await assume()).status).toBe(200);
  });

  it("ends when it is removed", async () => {
    const fault = aws.fault({ kind: "status", status: 503, times: Infinity });
    for (let n = 0; n < 3; n += 1) expect((await whoAmI()).status).toBe(503);
    fault.remove();
    expect((await whoAmI()).status).toBe(200);
    aws.fault({ kind: "status", status: 500 });
    aws.reset();
    expect((await whoAmI()).status).toBe(200);
  });

  it.each<[Fault, RegExp]>([
    [{ kind: "smells" } as unknown as Fault, /^fault\.kind: must be "delay" or "status"/],
    [{ kind: "throttle", times: 0 }, /^fault\.times: must be 1 or more$/],
    [{ kind: "tls", mode: "ssl3" } as unknown as Fault, /^fault\.mode: must be "reset" or "pfs"/],
    [{ kind: "delay" } as unknown as Fault, /^fault\.ms: must be a finite number$/],
    [{ kind: "status", status: 99 }, /200 to 599/],
    [{ kind: "redirect" } as unknown as Fault, /^fault\.location: must be text/],
  ])("in the wrong shape is refused: %j", (fault, message) => {
    expect(() => aws.fault(fault)).toThrow(TestingError);
    expect(() => aws.fault(fault)).toThrow(message);
  });
});

describe("each kind", () => {
  it("status: an error in the protocol's format, and nothing is processed", async () => {
    aws.fault({ kind: "status", status: 503, service: "sagemaker" });
    const { status, json } = await control(aws, "CreateModel", { ModelName: "m" });
    expect([status, json["__type"]]).toEqual([503, "ServiceUnavailable"]);
    expect((await control(aws, "DescribeModel", { ModelName: "m" })).status).toBe(400);
    aws.fault({ kind: "status", status: 400, code: "IDPCommunicationError", message: "unreachable", service: "sts" });
    expect(element((await assume()).text, "Code")).toBe("IDPCommunicationError");
  });

  it("delay: until the clock has moved on", async () => {
    aws.fault({ kind: "delay", ms: 5000 });
    const answer = whoAmI();
    while (aws.clock.sleepers === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(aws.calls()[0]?.status).toBeUndefined();
    await aws.clock.advance(5000);
    expect((await answer).status).toBe(200);
  });

  it("truncate: half of what the head announces", async () => {
    aws.fault({ kind: "truncate" });
    await expect(assume()).rejects.toThrow("aborted");
  });

  it("malformed: not what the content type says", async () => {
    aws.fault({ kind: "malformed" });
    const { status, text, headers } = await assume();
    expect([status, headers["content-type"], text]).toEqual([200, "text/xml", "<html><body>502 Bad Gateway {"]);
  });

  it("drop-before-body: nothing was processed; drop-after-body: everything was", async () => {
    const create = (ModelName: string) => control(aws, "CreateModel", { ModelName });
    aws.fault({ kind: "drop-before-body", operation: "CreateModel" });
    await expect(create("before")).rejects.toThrow("socket hang up");
    aws.fault({ kind: "drop-after-body", operation: "CreateModel" });
    await expect(create("after")).rejects.toThrow("socket hang up");
    const { json } = await control(aws, "ListModels", {});
    expect(json["Models"]).toMatchObject([{ ModelName: "after" }]);
    aws.fault({ kind: "drop-before-body", service: "sts", operation: "AssumeRole" });
    await expect(assume()).rejects.toThrow("socket hang up");
  });

  it("skewed-date: the answer's date and the clock that checks signatures", async () => {
    const ms = 600_000;
    const fault = aws.fault({ kind: "skewed-date", ms, times: Infinity });
    const stale = await control(aws, "ListModels", {});
    expect(stale.json["message"]).toMatch(/^Signature expired/);
    expect(Date.parse(stale.headers["date"] ?? "")).toBe(Math.floor((aws.clock.now() + ms) / 1000) * 1000);
    expect((await control(aws, "ListModels", {}, { date: new Date(aws.clock.now() + ms) })).status).toBe(200);
    fault.remove();
    expect(Date.parse((await whoAmI()).headers["date"] ?? "")).toBe(Math.floor(aws.clock.now() / 1000) * 1000);
  });

  it("redirect", async () => {
    aws.fault({ kind: "redirect", location: "https://elsewhere.example/" });
    const { status, headers } = await invoke(aws, "e", "x");
    expect([status, headers["location"]]).toEqual([307, "https://elsewhere.example/"]);
  });

  it("expired-token and wrong-region", async () => {
    aws.fault({ kind: "expired-token", service: "runtime" });
    expect((await invoke(aws, "e", "x")).headers["x-amzn-errortype"]).toBe("ExpiredTokenException");
    aws.fault({ kind: "wrong-region", service: "sts" });
    const wrong = await whoAmI();
    expect([element(wrong.text, "Code"), element(wrong.text, "Message")]).toEqual([
      "SignatureDoesNotMatch",
      "Credential should be scoped to a valid region. ",
    ]);
  });

  it("credentials that are spoilt", async () => {
    aws.fault({ kind: "expired-credentials" });
    expect(Date.parse(element((await assume()).text, "Expiration") ?? "")).toBeLessThan(aws.clock.now());
    aws.fault({ kind: "invalid-date" });
    expect(element((await assume()).text, "Expiration")).toBe("not-a-date");
    aws.fault({ kind: "wrong-account" });
    expect(element((await assume()).text, "Arn")).toBe("arn:aws:sts::999999999999:assumed-role/worker/one");
    expect(element((await assume()).text, "Arn")).toBe("arn:aws:sts::123456789012:assumed-role/worker/one");
  });

  it("drop over HTTP/2: the whole connection", async () => {
    aws.fault({ kind: "drop-before-body", service: "runtime-http2" });
    const session = connect(aws.url.runtimeHttp2, { ca: aws.ca });
    const closed = new Promise<void>((resolve) => session.once("close", resolve));
    const stream = session.request({ ":method": "POST", ":path": "/endpoints/e/invocations-bidirectional-stream" });
    stream.on("error", () => undefined);
    await closed;
    expect(session.destroyed).toBe(true);
  });
});
