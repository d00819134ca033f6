import { createGuard, type Guard } from "@countersign/guard";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { paginate, type SageMaker } from "../../src/index.ts";
import { type LocalAws, startLocalAws } from "../local-aws.ts";

let local: LocalAws;
let sagemaker: SageMaker;
beforeAll(async () => {
  local = await startLocalAws();
  sagemaker = local.client();
});
beforeEach(() => {
  local.aws.reset();
  local.events.length = 0;
});
afterAll(() => local[Symbol.asyncDispose]());

const role = "arn:aws:iam::123456789012:role/execution";
const model = (name: string) => ({ ModelName: name, ExecutionRoleArn: role, PrimaryContainer: { Image: "image" } });
const attempts = (): number => local.aws.calls().length;

describe("an operation", () => {
  test("is called by its name in AWS JSON 1.1, and answers as AWS SDK v3 does", async () => {
    const { ModelArn } = await sagemaker.call("CreateModel", model("first"));
    expect(ModelArn).toContain(":model/first");
    const described = await sagemaker.call("DescribeModel", { ModelName: "first" });
    expect(described.CreationTime).toBeInstanceOf(Date);
    expect(described.PrimaryContainer).toEqual({ Image: "image" });
    expect(local.aws.calls()[0]).toMatchObject({
      service: "sagemaker",
      operation: "CreateModel",
      target: "/",
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "SageMaker.CreateModel" },
    });
  });

  test("is paged through", async () => {
    for (const name of ["page-a", "page-b", "page-c"]) await sagemaker.call("CreateModel", model(name));
    const names: (string | undefined)[] = [];
    let pages = 0;
    for await (const { Models } of paginate(sagemaker, "ListModels", { MaxResults: 1, NameContains: "page-" })) {
      pages += 1;
      names.push(...(Models ?? []).map(({ ModelName }) => ModelName));
    }
    expect(new Set(names)).toEqual(new Set(["page-a", "page-b", "page-c"]));
    expect(pages).toBeGreaterThanOrEqual(3);
  });

  test("that AWS turns down gives AWS's code and message", async () => {
    await expect(sagemaker.call("DescribeModel", { ModelName: "absent" })).rejects.toMatchObject({
      name: "SageMakerError",
      code: "ValidationException",
      status: 400,
      requestId: expect.stringMatching(/./) as string,
    });
  });

  test("that reads is sent again after a 5xx and after a lost connection", async () => {
    local.aws.fault({ kind: "status", status: 500 });
    local.aws.fault({ kind: "drop-after-body" });
    await expect(sagemaker.call("ListModels", {})).resolves.toBeDefined();
    expect(attempts()).toBeGreaterThanOrEqual(2);
  });

  test("that changes something is not sent again after a 5xx", async () => {
    local.aws.fault({ kind: "status", status: 500 });
    await expect(sagemaker.call("CreateModel", model("once"))).rejects.toMatchObject({ status: 500 });
    expect(attempts()).toBe(1);
  });

  test("whose answer is no JSON is told so", async () => {
    local.aws.fault({ kind: "malformed" });
    await expect(sagemaker.call("ListModels", {})).rejects.toMatchObject({ code: "INVALID_RESPONSE" });
  });

  test("is refused before sending when its name or input cannot be", async () => {
    const call = sagemaker.call as (operation: unknown, input: unknown) => Promise<unknown>;
    for (const name of ["", "listModels", "List Models", "ListModels\r\nx: y", "A".repeat(129), undefined, 7]) {
      await expect(call(name, {})).rejects.toMatchObject({ code: "INVALID_OPERATION" });
    }
    for (const input of [
      undefined,
      null,
      "text",
      7,
      [],
      { n: 1n },
      new Map([["ModelName", "m"]]),
      Promise.resolve({}),
    ]) {
      await expect(call("ListModels", input)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    }
    expect(attempts()).toBe(0);
  });
});

describe("the guard", () => {
  const speaking = (say: (action: string, input: unknown) => void | Promise<void>) => {
    const remembered: unknown[] = [];
    const guard: Pick<Guard, "enforce" | "remember"> = {
      enforce: async (action, input) => say(action, input),
      remember: (action, input) => void remembered.push([action, input]),
    };
    return { remembered, client: local.client({ guard }) };
  };

  test("stops a call before anything is signed or sent", async () => {
    const { client, remembered } = speaking((action) => {
      throw new Error(`no ${action}`);
    });
    await expect(client.call("CreateModel", model("stopped"))).rejects.toThrow("no CreateModel");
    expect(attempts()).toBe(0);
    expect(remembered).toEqual([]);
    expect(local.events.filter(({ name }) => name === "sign")).toEqual([]);
  });

  test("judges what is sent, whatever happens to the input meanwhile", async () => {
    const input = { ...model("shifting"), EnableNetworkIsolation: true };
    const judged: unknown[] = [];
    const { client, remembered } = speaking(async (_, seen) => {
      // A guard looks up facts first, and judges then.
      await Promise.resolve();
      judged.push(structuredClone(seen));
      (seen as Record<string, unknown>)["ModelName"] = "other";
    });
    const calling = client.call("CreateModel", input);
    input.EnableNetworkIsolation = false;
    await calling;
    expect(judged).toEqual([{ ...model("shifting"), EnableNetworkIsolation: true }]);
    expect(local.aws.calls()[0]?.input).toEqual({ ...model("shifting"), EnableNetworkIsolation: true });
    expect(remembered).toHaveLength(1);
  });

  test("of @countersign/guard stops what breaks the posture, with its findings, and passes what does not", async () => {
    const client = local.client({ guard: createGuard({ posture: "baseline" }) });
    const notebook = { NotebookInstanceName: "n", InstanceType: "ml.t3.medium", RoleArn: role } as const;
    await expect(client.call("CreateNotebookInstance", notebook)).rejects.toMatchObject({
      name: "GuardError",
      findings: expect.arrayContaining([expect.objectContaining({ path: "/DirectInternetAccess" })]) as unknown[],
    });
    expect(attempts()).toBe(0);
    await expect(client.call("ListModels", {})).resolves.toBeDefined();
    expect((await client.invoke("churn", "x")).text()).toBe("x");
  });

  test("speaks before invocations, too", async () => {
    const actions: string[] = [];
    const hosts = new Set<unknown>();
    const guard: Pick<Guard, "enforce" | "remember"> = {
      async enforce(action, _, options) {
        actions.push(action);
        hosts.add(options?.host);
        throw new Error("no");
      },
      remember() {},
    };
    const client = local.client({ guard });
    await expect(client.invoke("churn", "x")).rejects.toThrow("no");
    await expect(client.invokeAsync("churn", { inputLocation: "s3://bucket/key" })).rejects.toThrow("no");
    await expect(client.invokeStream("churn", "x").head()).rejects.toThrow("no");
    expect(actions).toEqual(["InvokeEndpoint", "InvokeEndpointAsync", "InvokeEndpointWithResponseStream"]);
    expect([...hosts]).toEqual(["localhost"]);
    expect(attempts()).toBe(0);
  });
});
