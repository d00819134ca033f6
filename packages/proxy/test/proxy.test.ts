import { createSigner } from "@countersign/signer";
import { afterEach, describe, expect, it } from "vitest";
import type { ProxyClient } from "../src/index.ts";
import { type Local, startProxy } from "./local.ts";

let local: Local;
afterEach(() => local.close());

async function send(
  path: string,
  { service = "sagemaker", method = "POST", headers = {}, body = "{}", change = {} as Record<string, string> } = {},
): Promise<Response> {
  const { aws, key, listening } = local;
  const signer = createSigner({ region: aws.region, service, credentials: key, clock: aws.clock });
  const signed = await signer.sign({
    method,
    url: listening.url + path,
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  return fetch(signed.url, { method, headers: { ...signed.headers, ...change }, body });
}

const invoke = "/endpoints/churn/invocations";
const started = async (client?: Partial<ProxyClient>): Promise<void> => {
  local = await startProxy(client);
};

describe("a request that is allowed", () => {
  it("reaches AWS signed with the role's credentials, and its answer comes back as it is", async () => {
    await started();
    const response = await send(invoke, { body: '{"instances":[1]}' });
    expect([response.status, await response.text()]).toEqual([200, '{"instances":[1]}']);
    const [call] = local.aws.calls();
    expect(call).toMatchObject({ service: "runtime" });
    expect(JSON.stringify(call)).not.toContain(local.key.accessKeyId);
    expect(local.audit).toMatchObject([
      {
        client: "notebook",
        actions: ["sagemaker:InvokeEndpoint"],
        resource: "endpoint/churn",
        decision: "sent",
        code: null,
        status: 200,
        upstreamTls: { protocol: "TLSv1.3" },
      },
    ]);
  });

  it("may be one of the control plane, or of STS", async () => {
    await started();
    const listed = await send("/", {
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "SageMaker.ListEndpoints" },
    });
    expect(listed.status).toBe(200);
    const identity = await send("/", {
      service: "sts",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    });
    expect([identity.status, await identity.text()]).toEqual([
      200,
      expect.stringContaining(":assumed-role/inference/"),
    ]);
  });
});

describe("a request that is not allowed never reaches AWS", () => {
  const denies = async (response: Response, status: number, code: string): Promise<void> => {
    expect([response.status, response.headers.get("x-amzn-errortype") ?? (await response.text())]).toEqual([
      status,
      expect.stringContaining(code),
    ]);
    expect(local.aws.calls()).toEqual([]);
    expect(local.audit).toMatchObject([{ decision: "refused" }]);
  };

  it("an action that no allowance names", async () => {
    await started({ allow: [{ actions: ["sagemaker:Describe*"] }] });
    const response = await send(invoke);
    expect(await response.clone().json()).toMatchObject({
      message: "The proxy does not allow notebook to perform sagemaker:InvokeEndpoint on endpoint/churn in us-east-1.",
    });
    await denies(response, 403, "AccessDeniedException");
  });

  it("another resource, or one that cannot be seen", async () => {
    await started({ allow: [{ actions: ["sagemaker:*"], resources: ["endpoint/fraud-*"] }] });
    await denies(await send(invoke), 403, "AccessDeniedException");
  });

  it("an action that hands out credentials, under a wildcard", async () => {
    await started({ allow: [{ actions: ["sts:*"] }] });
    const body = `Action=AssumeRole&Version=2011-06-15&RoleSessionName=x&RoleArn=arn:aws:iam::123456789012:role/inference`;
    await denies(
      await send("/", { service: "sts", headers: { "content-type": "application/x-www-form-urlencoded" }, body }),
      403,
      "AccessDenied",
    );
  });

  it.each([["a changed body", { change: {} }, invoke, '{"instances":[2]}']])(
    "%s",
    async (_, options, path, sentBody) => {
      await started();
      const { aws, key, listening } = local;
      const signer = createSigner({ region: aws.region, credentials: key, clock: aws.clock });
      const signed = await signer.sign({ method: "POST", url: listening.url + path, body: "{}" });
      void options;
      await denies(
        await fetch(signed.url, { method: "POST", headers: signed.headers, body: sentBody }),
        403,
        "SignatureDoesNotMatch",
      );
    },
  );

  it("a request signed with the role's real credentials", async () => {
    await started();
    const { aws, listening } = local;
    const signer = createSigner({ region: aws.region, credentials: aws.user, clock: aws.clock });
    const signed = await signer.sign({ method: "POST", url: listening.url + invoke, body: "{}" });
    await denies(
      await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" }),
      403,
      "InvalidClientTokenId",
    );
  });

  it("a request without a signature", async () => {
    await started();
    await denies(
      await fetch(local.listening.url + invoke, { method: "POST", body: "{}" }),
      403,
      "MissingAuthenticationToken",
    );
  });

  it("a path that the proxy cannot read as an operation", async () => {
    await started();
    await denies(await send("/endpoints/churn/unknown"), 403, "AccessDeniedException");
  });
});
