import { type AwsCredentials, presignRequest } from "@countersign/signer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { send } from "../send.ts";

let aws: Aws;
beforeEach(async () => {
  aws = await startAws();
});
afterEach(() => aws.close());

/** What https://github.com/aws/sagemaker-python-sdk generates. */
function tokenOf(
  credentials: AwsCredentials,
  o: { action?: string; region?: string; expiresIn?: number } = {},
): string {
  const { url } = presignRequest(
    { method: "POST", url: `https://sagemaker.amazonaws.com/?Action=${o.action ?? "CallWithBearerToken"}` },
    {
      credentials,
      region: o.region ?? aws.region,
      service: "sagemaker",
      date: new Date(aws.clock.now()),
      expiresIn: o.expiresIn ?? 3600,
    },
  );
  return `sagemaker-api-key-${Buffer.from(`${url.replace("https://", "")}&Version=1`).toString("base64")}`;
}

const ask = (token: string, path = "openai/v1/chat/completions") =>
  send(aws, `${aws.url.runtime}/endpoints/llm/${path}`, {
    credentials: null,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: '{"model":"","messages":[]}',
  });

describe("the OpenAI-compatible path", () => {
  it("takes bearer tokens and hands the model the path", async () => {
    aws.endpoint("llm", ({ path, principal }) => ({ body: { path, principal } }));
    const answer = await ask(tokenOf(aws.role("app").session()));
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      200,
      { path: "/v1/chat/completions", principal: "arn:aws:sts::123456789012:assumed-role/app/session" },
    ]);
  });

  it("streams what the model streams, as it is", async () => {
    aws.endpoint("llm", { parts: ["data: {}\n\n", "data: [DONE]\n\n"] });
    const answer = await ask(tokenOf(aws.user));
    expect([answer.headers["content-type"], answer.text]).toEqual([
      "text/event-stream",
      "data: {}\n\ndata: [DONE]\n\n",
    ]);
  });

  it("refuses tokens that are old, forged, of another region or action, or none of SageMaker's", async () => {
    const good = tokenOf(aws.user);
    const forged = `sagemaker-api-key-${Buffer.from(
      Buffer.from(good.slice(18), "base64").toString().replace("X-Amz-Expires=3600", "X-Amz-Expires=3601"),
    ).toString("base64")}`;
    for (const token of [
      forged,
      tokenOf(aws.user, { region: "eu-west-1" }),
      tokenOf(aws.user, { action: "ListModels" }),
      "sk-openai",
      good.slice(0, -8),
    ]) {
      expect((await ask(token)).status).toBe(403);
    }
    await aws.clock.advance(3_601_000);
    expect((await ask(good)).status).toBe(403);
  });

  it("is the only one that takes them", async () => {
    const answer = await ask(tokenOf(aws.user), "invocations");
    expect([answer.status, answer.headers["x-amzn-errortype"]]).toEqual([403, "MissingAuthenticationTokenException"]);
  });

  it("needs sagemaker:CallWithBearerToken besides sagemaker:InvokeEndpoint", async () => {
    const role = aws.role("app");
    role.update({ policies: [{ Statement: { Effect: "Allow", Action: "sagemaker:InvokeEndpoint", Resource: "*" } }] });
    const answer = await ask(tokenOf(role.session()));
    expect([answer.status, answer.text]).toEqual([
      403,
      expect.stringContaining("sagemaker:CallWithBearerToken") as string,
    ]);
  });
});
