import { createHash } from "node:crypto";
import { presignRequest } from "@countersign/signer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { control, element, invoke, registry, send, sts } from "../send.ts";

let aws: Aws;
beforeEach(async () => {
  aws = await startAws({ roles: ["worker"] });
});
afterEach(() => aws.close());

const outcome = (answer: { status: number; json: Record<string, unknown> }) => [answer.status, answer.json["__type"]];

describe("a request whose signature does not hold", () => {
  it("changed on the way: each protocol says so in its own words", async () => {
    const tamper = <R extends { body?: unknown }>(request: R): R => ({ ...request, body: `${String(request.body)} ` });
    const query = await sts(
      aws,
      { Action: "GetCallerIdentity" },
      { tamper: (request) => ({ ...request, body: "Action=GetCallerIdentity&Version=2011-06-15&More=1" }) },
    );
    expect([query.status, element(query.text, "Code"), element(query.text, "Type")]).toEqual([
      403,
      "SignatureDoesNotMatch",
      "Sender",
    ]);
    const json = await control(aws, "ListModels", {}, { tamper });
    expect(outcome(json)).toEqual([400, "InvalidSignatureException"]);
    expect(json.headers).toMatchObject({
      "x-amzn-errortype": "InvalidSignatureException",
      "content-type": "application/x-amz-json-1.1",
    });
    const rest = await invoke(aws, "e", "1", { tamper });
    expect([rest.status, rest.headers["x-amzn-errortype"]]).toEqual([403, "InvalidSignatureException"]);
    expect(JSON.parse(rest.text)).toEqual({
      message: expect.stringContaining("The request signature we calculated") as string,
    });
    expect(outcome(await registry(aws, "DescribeImages", {}, { tamper }))).toEqual([400, "InvalidSignatureException"]);
  });

  it("tells the canonical request and the string to sign that it expected", async () => {
    const { json } = await control(aws, "ListModels", {}, { tamper: (request) => ({ ...request, body: "{ }" }) });
    const message = String(json["message"]);
    const canonical = /The Canonical String for this request should have been\n'([^']*)'/.exec(message)?.[1] ?? "";
    expect(canonical.split("\n").slice(0, 3)).toEqual(["POST", "/", ""]);
    expect(canonical.split("\n").at(-1)).toBe(createHash("sha256").update("{ }").digest("hex"));
    const toSign = /The String-to-Sign should have been\n'([^']*)'/.exec(message)?.[1] ?? "";
    expect(toSign.split("\n").at(-1)).toBe(createHash("sha256").update(canonical).digest("hex"));
  });

  it("signed for another service or region", async () => {
    expect(outcome(await control(aws, "ListModels", {}, { service: "sts" }))).toEqual([
      400,
      "InvalidSignatureException",
    ]);
    expect((await control(aws, "ListModels", {}, { service: "runtime.sagemaker" })).json["message"]).toContain(
      "correct service: 'sagemaker'",
    );
    expect((await control(aws, "ListModels", {}, { region: "eu-west-1" })).json["message"]).toContain("valid region");
  });

  it("unsigned, half signed, or with an unknown key", async () => {
    expect(outcome(await control(aws, "ListModels", {}, { credentials: null }))).toEqual([
      400,
      "MissingAuthenticationTokenException",
    ]);
    const half = await control(
      aws,
      "ListModels",
      {},
      {
        tamper: (request) => ({
          ...request,
          headers: { ...request.headers, authorization: "AWS4-HMAC-SHA256 Credential=x" },
        }),
      },
    );
    expect(outcome(half)).toEqual([400, "IncompleteSignatureException"]);
    const stranger = { accessKeyId: "AKIAAAAAAAAAAAAAAAAA", secretAccessKey: "x" };
    expect(outcome(await control(aws, "ListModels", {}, { credentials: stranger }))).toEqual([
      400,
      "UnrecognizedClientException",
    ]);
    expect(element((await sts(aws, { Action: "GetCallerIdentity" }, { credentials: stranger })).text, "Code")).toBe(
      "InvalidClientTokenId",
    );
  });

  it("with the wrong secret, another session's token, or none", async () => {
    const { secretAccessKey: _, ...key } = aws.user;
    expect(
      outcome(await control(aws, "ListModels", {}, { credentials: { ...key, secretAccessKey: "guess" } })),
    ).toEqual([400, "InvalidSignatureException"]);
    const [one, two] = [aws.role("worker").session(), aws.role("worker").session()];
    const mixed = { ...one, sessionToken: two.sessionToken ?? "" };
    expect(outcome(await control(aws, "ListModels", {}, { credentials: mixed }))).toEqual([
      400,
      "UnrecognizedClientException",
    ]);
    const { sessionToken: __, ...bare } = one;
    expect(outcome(await control(aws, "ListModels", {}, { credentials: bare }))).toEqual([
      400,
      "UnrecognizedClientException",
    ]);
  });

  it("dated more than five minutes off, before or after", async () => {
    const at = (ms: number) => control(aws, "ListModels", {}, { date: new Date(aws.clock.now() + ms) });
    expect((await at(-299_000)).status).toBe(200);
    expect((await at(299_000)).status).toBe(200);
    const late = await at(-301_000);
    expect([...outcome(late), String(late.json["message"]).split(":")[0]]).toEqual([
      400,
      "InvalidSignatureException",
      "Signature expired",
    ]);
    expect((await at(302_000)).json["message"]).toMatch(/^Signature not yet current/);
  });

  it("with an unsigned x-amz header", async () => {
    const added = await control(
      aws,
      "ListModels",
      {},
      { tamper: (request) => ({ ...request, headers: { ...request.headers, "x-amz-expected-owner": "me" } }) },
    );
    expect(outcome(added)).toEqual([400, "AccessDeniedException"]);
    expect(added.json["message"]).toContain("x-amz-expected-owner");
  });

  it("by a key that was revoked", async () => {
    expect(aws.revoke({ accessKeyId: aws.user.accessKeyId })).toBe(1);
    expect(outcome(await control(aws, "ListModels", {}))).toEqual([400, "UnrecognizedClientException"]);
  });
});

describe("a session of a role that was revoked", () => {
  it("is denied explicitly, still knows who it is, and new ones are not", async () => {
    const credentials = aws.role("worker").session();
    expect(aws.revoke({ roleArn: "worker" })).toBe(1);
    const denied = await control(aws, "ListModels", {}, { credentials });
    expect(denied.json).toMatchObject({
      __type: "AccessDeniedException",
      message: expect.stringContaining("with an explicit deny in an identity-based policy") as string,
    });
    expect((await sts(aws, { Action: "GetCallerIdentity" }, { credentials })).status).toBe(200);
    expect((await control(aws, "ListModels", {}, { credentials: aws.role("worker").session() })).status).toBe(200);
  });
});

describe("a presigned URL", () => {
  it("names the caller until it expires", async () => {
    const date = new Date(aws.clock.now());
    const { url } = presignRequest(
      { method: "GET", url: `${aws.url.sts}/?Action=GetCallerIdentity&Version=2011-06-15` },
      { credentials: aws.role("worker").session(), region: aws.region, service: "sts", date, expiresIn: 60 },
    );
    const get = () => send(aws, url, { method: "GET", credentials: null });
    expect(element((await get()).text, "Arn")).toBe("arn:aws:sts::123456789012:assumed-role/worker/session");
    await aws.clock.advance(61_000);
    expect(element((await get()).text, "Code")).toBe("SignatureDoesNotMatch");
  });
});

describe("a signature used twice", () => {
  it("is accepted, as AWS does, unless replays are to be refused", async () => {
    expect((await control(aws, "ListModels", {})).status).toBe(200);
    expect((await control(aws, "ListModels", {})).status).toBe(200);
    const strict = await startAws({ replay: "refuse" });
    try {
      expect((await control(strict, "ListModels", {})).status).toBe(200);
      expect(outcome(await control(strict, "ListModels", {}))).toEqual([400, "RequestReplayed"]);
    } finally {
      await strict.close();
    }
  });
});

describe("the log of calls", () => {
  it("tells who asked what, and what became of it", async () => {
    await control(aws, "CreateModel", { ModelName: "m" });
    await control(aws, "ListModels", {}, { credentials: null });
    expect(aws.calls({ service: "sagemaker" })).toMatchObject([
      {
        operation: "CreateModel",
        status: 200,
        input: { ModelName: "m" },
        principal: "arn:aws:iam::123456789012:user/countersign",
        tls: { protocol: "TLSv1.3" },
      },
      { operation: "ListModels", status: 400, errorCode: "MissingAuthenticationToken", principal: undefined },
    ]);
    expect(aws.calls((call) => call.status === 200)).toHaveLength(1);
    aws.reset();
    expect(aws.calls()).toEqual([]);
  });
});

describe("a request that AWS does not understand", () => {
  it.each(["%zz", "%E0", "a%"])("with the path %s is the caller's fault", async (name) => {
    const raw = { path: `/endpoints/${name}/invocations` };
    const answer = await invoke(aws, "e", "1", { tls: raw });
    expect([answer.status, answer.headers["x-amzn-errortype"]]).toEqual([400, "ValidationException"]);
  });

  it.each([undefined, "text/plain", "application/x-www-form-urlencoded", "application/x-amz-json-1.10"])(
    "with the media type %s names no operation",
    async (type) => {
      const headers = { "x-amz-target": "SageMaker.ListModels", ...(type !== undefined && { "content-type": type }) };
      const answer = await send(aws, `${aws.url.sagemaker}/`, { headers, body: "{}" });
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("UnknownOperationException")]);
    },
  );

  it("but with a media type that has parameters it does", async () => {
    const headers = { "content-type": "application/x-amz-json-1.1; charset=utf-8" };
    expect((await control(aws, "ListModels", {}, { headers })).json).toEqual({ Models: [] });
  });
});
