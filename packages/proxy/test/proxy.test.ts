import { setTimeout as delay } from "node:timers/promises";
import { createGuard } from "@countersign/guard";
import { createSigner } from "@countersign/signer";
import { afterEach, describe, expect, it } from "vitest";
import type { ProxyClient, ProxyOptions } from "../src/index.ts";
import { type Local, ROLE, startProxy } from "./local.ts";

let local: Local;
afterEach(() => local.close());

async function send(
  path: string,
  { service = "sagemaker", method = "POST", headers = {}, body = "{}" } = {},
): Promise<Response> {
  const { aws, key, listening } = local;
  const signer = createSigner({ region: aws.region, service, credentials: key, clock: aws.clock });
  const signed = await signer.sign({
    method,
    url: listening.url + path,
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  return fetch(signed.url, { method, headers: signed.headers, body });
}

const invoke = "/endpoints/churn/invocations";
const started = async (client?: Partial<ProxyClient>, options?: Partial<ProxyOptions>): Promise<void> => {
  local = await startProxy(client, options);
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
  /** What the client sees, how many requests arrived, and what was recorded. */
  const outcome = async (response: Response): Promise<readonly unknown[]> => {
    const code = response.headers.get("x-amzn-errortype") ?? /<Code>(\w+)/u.exec(await response.text())?.[1];
    return [response.status, code, local.aws.calls().length, local.audit.map(({ decision }) => decision)];
  };
  const refused = (status: number, code: string): readonly unknown[] => [status, code, 0, ["refused"]];

  it("an action that no allowance names", async () => {
    await started({ allow: [{ actions: ["sagemaker:Describe*"] }] });
    const response = await send(invoke);
    expect(await response.clone().json()).toMatchObject({
      message: "The proxy does not allow notebook to perform sagemaker:InvokeEndpoint on endpoint/churn in us-east-1.",
    });
    expect(await outcome(response)).toEqual(refused(403, "AccessDeniedException"));
  });

  it("another resource", async () => {
    await started({ allow: [{ actions: ["sagemaker:*"], resources: ["endpoint/fraud-*"] }] });
    expect(await outcome(await send(invoke))).toEqual(refused(403, "AccessDeniedException"));
  });

  it("a resource that stands in the body, where allowances have resources", async () => {
    await started({ allow: [{ actions: ["sagemaker:*"], resources: ["*"] }] });
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "SageMaker.DeleteEndpoint" };
    expect(await outcome(await send("/", { headers }))).toEqual(refused(403, "AccessDeniedException"));
  });

  it("another Region", async () => {
    await started({ allow: [{ actions: ["sagemaker:*"], regions: ["eu-west-1"] }] });
    expect(await outcome(await send(invoke))).toEqual(refused(403, "AccessDeniedException"));
  });

  it.each(["sts:*", "sts:AssumeRol?", "sts:Assume*"])(
    "an action that hands out credentials, under the wildcard %s",
    async (action) => {
      await started({ allow: [{ actions: [action] }] });
      const body = `Action=AssumeRole&Version=2011-06-15&RoleSessionName=x&RoleArn=${ROLE}`;
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      expect(await outcome(await send("/", { service: "sts", headers, body }))).toEqual(refused(403, "AccessDenied"));
    },
  );

  it("two actions at once", async () => {
    await started();
    const body = "Action=GetCallerIdentity&Version=2011-06-15";
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const response = await send("/?Action=AssumeRole", { service: "sts", headers, body });
    expect(await outcome(response)).toEqual(refused(403, "AccessDenied"));
  });

  it("what breaks the posture of the client's guard", async () => {
    await started({ guard: createGuard({ posture: "baseline" }) });
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "SageMaker.CreateNotebookInstance",
    };
    const body = JSON.stringify({
      NotebookInstanceName: "n",
      InstanceType: "ml.t3.medium",
      RoleArn: ROLE,
      RootAccess: "Enabled",
      DirectInternetAccess: "Enabled",
    });
    const response = await send("/", { headers, body });
    expect(await response.clone().json()).toMatchObject({ message: expect.stringContaining("DirectInternetAccess") });
    expect(await outcome(response)).toEqual(refused(403, "AccessDeniedException"));
  });

  it("a changed body", async () => {
    await started();
    const { aws, key, listening } = local;
    const signer = createSigner({ region: aws.region, credentials: key, clock: aws.clock });
    const signed = await signer.sign({ method: "POST", url: listening.url + invoke, body: "{}" });
    const response = await fetch(signed.url, { method: "POST", headers: signed.headers, body: "[]" });
    expect(await outcome(response)).toEqual(refused(403, "SignatureDoesNotMatch"));
  });

  it("a request signed with real credentials of AWS", async () => {
    await started();
    const { aws, listening } = local;
    const signer = createSigner({ region: aws.region, credentials: aws.user, clock: aws.clock });
    const signed = await signer.sign({ method: "POST", url: listening.url + invoke, body: "{}" });
    const response = await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" });
    expect(await outcome(response)).toEqual(refused(403, "InvalidClientTokenId"));
  });

  it("a request without a signature", async () => {
    await started();
    const response = await fetch(local.listening.url + invoke, { method: "POST", body: "{}" });
    expect(await outcome(response)).toEqual(refused(403, "MissingAuthenticationToken"));
  });

  it.each(["/endpoints/churn/unknown", "/", "/endpoints/a%2Fb/invocations"])(
    "%s, which names no operation",
    async (path) => {
      await started();
      expect(await outcome(await send(path))).toEqual(refused(403, "AccessDeniedException"));
    },
  );

  it("requests above the client's limits, which says so", async () => {
    await started({ requestsPerSecond: 1 });
    expect((await send(invoke)).status).toBe(200);
    expect((await send(invoke)).headers.get("x-amzn-errortype")).toBe("ThrottlingException");
  });
});

describe("an audit function changes nothing", () => {
  it.each<[string, () => void]>([
    [
      "throws",
      () => {
        throw new Error("audit");
      },
    ],
    ["returns a promise that is rejected", () => Promise.reject(new Error("audit")) as unknown as void],
    [
      "returns a promise that is rejected later",
      () => new Promise((_, reject) => setTimeout(reject, 1, new Error("audit"))) as unknown as void,
    ],
  ])("that %s", async (_, audit) => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    await started({}, { audit });
    expect((await send(invoke)).status).toBe(200);
    expect((await send(invoke)).status).toBe(200);
    await delay(20);
    process.off("unhandledRejection", onUnhandled);
    expect(unhandled).toEqual([]);
  });
});
