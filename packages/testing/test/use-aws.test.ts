import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startAws, TestingError, useAws } from "../src/index.ts";
import { control, invoke, send } from "./send.ts";

const model = { kind: "Model", members: { ModelName: "seeded", Tags: [{ Key: "team", Value: "a" }] } };

describe("useAws", () => {
  const aws = useAws({ beforeAll, afterEach, afterAll }, { resources: [model], endpoints: { echo: "echo" } });

  it("gives every test a running AWS", async () => {
    expect((await invoke(aws(), "echo", "hello")).text).toBe("hello");
    await control(aws(), "CreateModel", { ModelName: "made" });
    await control(aws(), "DeleteModel", { ModelName: "seeded" });
    aws().fault({ kind: "throttle", times: Number.POSITIVE_INFINITY });
    expect((await control(aws(), "ListModels", {})).status).toBe(400);
  });

  it("resets calls, faults and resources between tests", async () => {
    expect(aws().calls()).toEqual([]);
    const { json } = await control(aws(), "ListModels", {});
    expect((json["Models"] as { ModelName: string }[]).map(({ ModelName }) => ModelName)).toEqual(["seeded"]);
    const ResourceArn = "arn:aws:sagemaker:us-east-1:123456789012:model/seeded";
    expect((await control(aws(), "ListTags", { ResourceArn })).json["Tags"]).toEqual([{ Key: "team", Value: "a" }]);
  });

  const put = () => send(aws(), `${aws().url.s3}/data/x`, { method: "PUT", service: "s3", body: "1" });
  const get = () => send(aws(), `${aws().url.s3}/data/x`, { method: "GET", service: "s3" });
  const loop = {
    HumanLoopName: "loop",
    FlowDefinitionArn: "arn:aws:sagemaker:us-east-1:123456789012:flow-definition/flow",
    HumanLoopInput: { InputContent: "{}" },
  };
  const startLoop = () =>
    send(aws(), `${aws().url.a2i}/human-loops`, {
      body: JSON.stringify(loop),
      headers: { "content-type": "application/json" },
    });

  it("lets a test store objects and loops, and delete an endpoint", async () => {
    expect([(await put()).status, (await startLoop()).status]).toEqual([200, 200]);
    await control(aws(), "CreateEndpoint", { EndpointName: "echo", EndpointConfigName: "none" });
    expect((await get()).text).toBe("1");
    await aws().resource({ kind: "EndpointConfig", members: { EndpointConfigName: "c", ProductionVariants: [] } });
    expect((await control(aws(), "CreateEndpoint", { EndpointName: "echo", EndpointConfigName: "c" })).status).toBe(
      200,
    );
    expect((await control(aws(), "DeleteEndpoint", { EndpointName: "echo" })).status).toBe(200);
    expect((await invoke(aws(), "echo", "x")).status).toBe(400);
  });

  it("finds nothing of it in the next test", async () => {
    expect((await get()).status).toBe(404);
    expect((await startLoop()).status).toBe(200);
    expect((await invoke(aws(), "echo", "x")).text).toBe("x");
  });

  it("works with hooks of other runners, and refuses an AWS outside of them", async () => {
    const hooks: Record<string, () => unknown> = {};
    const hook = (name: string) => (run: () => unknown) => void (hooks[name] = run);
    const other = useAws({ before: hook("before"), afterEach: hook("afterEach"), after: hook("after") });
    expect(() => other()).toThrow(TestingError);
    await hooks["before"]?.();
    expect(other().url.sts).toMatch(/^https:/);
    await hooks["after"]?.();
    expect(() => other()).toThrow("aws: must be used inside a test");
    expect(() => useAws({ afterEach: hook("afterEach") })).toThrow("hooks: must have beforeAll and afterAll");
    expect(() => useAws({ beforeAll, afterEach, afterAll }, { rols: [] } as never)).toThrow("did you mean roles?");
  });
});

describe("a seed", () => {
  it("makes the same ids and keys again", async () => {
    const run = async (seed: string) => {
      const aws = await startAws({ seed, roles: ["worker"] });
      onTestFinished(() => aws.close());
      const { json, headers } = await control(aws, "CreateDomain", {
        DomainName: "d",
        AuthMode: "IAM",
        DefaultUserSettings: {},
      });
      return { user: aws.user, json, id: headers["x-amzn-requestid"], key: aws.role("worker").session().accessKeyId };
    };
    const first = await run("one");
    expect(await run("one")).toEqual(first);
    expect((await run("two")).user).not.toEqual(first.user);
  });
});

describe("resources", () => {
  it("come from a file", async () => {
    const directory = mkdtempSync(join(tmpdir(), "countersign-seed-"));
    try {
      const file = join(directory, "resources.json");
      writeFileSync(
        file,
        JSON.stringify([model, { kind: "TrainingJob", members: { TrainingJobName: "t" }, status: "Failed" }]),
      );
      const aws = await startAws({ resources: file });
      onTestFinished(() => aws.close());
      expect((await control(aws, "DescribeTrainingJob", { TrainingJobName: "t" })).json["TrainingJobStatus"]).toBe(
        "Failed",
      );
      writeFileSync(file, "{}");
      await expect(startAws({ resources: file })).rejects.toThrow("resources: the file must hold a JSON list");
      await expect(startAws({ resources: join(directory, "none") })).rejects.toThrow(
        "resources: must be a list of resources",
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("are refused for a kind that SageMaker does not have", async () => {
    const starting = startAws({ resources: [{ kind: "TrainingJbo", members: {} }] });
    await expect(starting).rejects.toThrow("kind: must be a kind of resource of SageMaker; did you mean TrainingJob?");
  });
});

describe("states", () => {
  it("move on the clock, and by hand", async () => {
    const aws = await startAws({ progress: { afterMs: 60_000 }, limits: { Model: 1 } });
    onTestFinished(() => aws.close());
    const status = async (operation: string, input: object, member: string) =>
      (await control(aws, operation, input)).json[member];
    await control(aws, "CreateModel", { ModelName: "m" });
    const ProductionVariants = [
      { VariantName: "v", ModelName: "m", InstanceType: "ml.m5.large", InitialInstanceCount: 1 },
    ];
    await control(aws, "CreateEndpointConfig", { EndpointConfigName: "c", ProductionVariants });
    const { json } = await control(aws, "CreateEndpoint", { EndpointName: "e", EndpointConfigName: "c" });
    const endpoint = () => status("DescribeEndpoint", { EndpointName: "e" }, "EndpointStatus");
    expect(await endpoint()).toBe("Creating");
    await aws.clock.advance(60_000);
    expect(await endpoint()).toBe("InService");
    await control(aws, "DeleteEndpoint", { EndpointName: "e" });
    expect(await endpoint()).toBe("Deleting");
    aws.setStatus(String(json["EndpointArn"]), "Failed", { FailureReason: "no capacity" });
    expect((await control(aws, "DescribeEndpoint", { EndpointName: "e" })).json).toMatchObject({
      EndpointStatus: "Failed",
      FailureReason: "no capacity",
    });
    expect(await status("CreateModel", { ModelName: "n" }, "__type")).toBe("ResourceLimitExceeded");
    expect(() => aws.setStatus("arn:none", "Failed")).toThrow("arn: must be the ARN of a resource");
  });
});
