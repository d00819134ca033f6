import { describe, expect, it } from "vitest";
import { type Guard, createGuard, readCall, toSarif } from "../../src/index.ts";
import { bodies } from "../bodies.ts";

const guard = createGuard({ posture: "baseline" });
const found = (action: string, input: unknown, by: Guard = guard) =>
  by.check(action, input).map(({ rule, path }) => `${rule} ${path}`);

describe("kind: a gate that cannot judge refuses: actions", () => {
  it.each([
    "CreateTrainingJob",
    "createtrainingjob",
    "createTrainingJob",
    "sagemaker:CreateTrainingJob",
    "SageMaker:createTrainingJob",
    "SageMaker.CreateTrainingJob",
    "create-training-job",
    "create_training_job",
  ])("%s is judged as CreateTrainingJob", (action) => {
    const [finding] = guard.check(action, { TrainingJobName: "t" });
    expect(finding).toMatchObject({ rule: "container-internet", action: "CreateTrainingJob", path: "/VpcConfig" });
  });

  it.each([
    ["Foo", undefined],
    ["CreateTraningJob", "CreateTrainingJob"],
    ["create-notebook-instnce", "CreateNotebookInstance"],
    ["ec2:CreateModel", undefined],
    ["CreateModel ", "CreateModel"],
    ["constructor", undefined],
    ["__proto__", undefined],
  ])("%j is refused by name, with the nearest", (action, nearest) => {
    const [finding, ...others] = guard.check(action, {});
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rule: "unknown-operation", severity: "critical", path: "" });
    expect(finding?.message).toContain(JSON.stringify(action));
    expect(finding?.fix).toContain(nearest === undefined ? "Name an operation" : `Write ${nearest} if that is meant.`);
  });

  it.each([undefined, null, 7, "", {}, "x".repeat(129)])("%j is no action at all", (action) => {
    expect(() => guard.check(action as string, {})).toThrow(/^action: must be the name of an operation/);
    expect(() => guard.remember(action as string, {})).toThrow(/^action: must be the name of an operation/);
  });

  it("knows every operation of SageMaker's REST services by its path, and refuses other paths of their hosts", async () => {
    const read = (method: string, url: string) => readCall({ method, url, headers: {} });
    const runtime = "https://runtime.sagemaker.eu-west-1.amazonaws.com";
    const store = "https://featurestore-runtime.sagemaker.eu-west-1.amazonaws.com";
    expect(read("POST", `${runtime}/endpoints/churn/invocations`)).toMatchObject({
      action: "InvokeEndpoint",
      input: { EndpointName: "churn" },
    });
    for (const [method, action] of [
      ["GET", "GetRecord"],
      ["PUT", "PutRecord"],
      ["delete", "DeleteRecord"],
    ] as const)
      expect(read(method, `${store}/FeatureGroup/orders`)).toMatchObject({
        action,
        input: { FeatureGroupName: "orders" },
      });
    expect(read("PATCH", `${store}/FeatureGroup/orders`)?.action).toBe("UnknownOperation");
    for (const url of [`${runtime}/endpoints/churn`, `${runtime}/endpoints/a/b/invocations`, `${store}/Anything`])
      await expect(guard.enforceRequest({ method: "POST", url, headers: {} })).rejects.toMatchObject({
        findings: [{ rule: "unknown-operation" }],
      });
  });
});

describe("kind: a gate that cannot judge refuses: inputs", () => {
  it.each([null, undefined, [], "{}", 7, true])("%j as the whole input", (input) => {
    expect(found("CreateMonitoringSchedule", input)).toEqual(["malformed-input "]);
    expect(found("ListModels", input)).toEqual(["malformed-input "]);
  });

  it("a misspelt member, at any depth, in lists and in the steps of a pipeline", () => {
    const [finding] = guard.check("UpdateNotebookInstance", { NotebookInstanceName: "n", RootAcess: "Enabled" });
    expect(finding).toMatchObject({
      rule: "unknown-member",
      path: "/RootAcess",
      fix: "Write RootAccess, or remove the member.",
    });
    expect(
      found("CreateTrainingJob", { EnableNetworkIsolation: true, VpcConfig: { Subnet: ["s"], subnets: ["s"] } }),
    ).toEqual(["unknown-member /VpcConfig/Subnet", "unknown-member /VpcConfig/subnets"]);
    expect(
      found("CreateHyperParameterTuningJob", {
        TrainingJobDefinitions: [
          { EnableNetworkIsolation: true },
          { EnableNetworkIsolation: true, EnableNetworkIsolaton: false },
        ],
      }),
    ).toEqual(["unknown-member /TrainingJobDefinitions/1/EnableNetworkIsolaton"]);
    const PipelineDefinition = JSON.stringify({
      Steps: [
        { Name: "T", Type: "Training", Arguments: { EnableNetworkIsolation: true, RoleArm: { Get: "Parameters.R" } } },
      ],
    });
    expect(found("CreatePipeline", { PipelineDefinition })).toEqual(["unknown-member /PipelineDefinition"]);
  });

  it("a value of another type, and null in a list; null as a member is left out", () => {
    expect(found("CreateTrainingJob", { EnableNetworkIsolation: "true" })).toEqual([
      "malformed-input /EnableNetworkIsolation",
      "container-internet /VpcConfig",
    ]);
    expect(found("UpdateDomain", { DomainId: "d", DefaultUserSettings: "none" })).toEqual([
      "malformed-input /DefaultUserSettings",
    ]);
    expect(found("CreateTrainingJob", { EnableNetworkIsolation: true, VpcConfig: { Subnets: [null] } })).toEqual([
      "malformed-input /VpcConfig/Subnets/0",
    ]);
    expect(found("CreateTrainingJob", { EnableNetworkIsolation: true, Environment: { A: 1 } })).toEqual([
      "malformed-input /Environment/A",
    ]);
    expect(found("UpdateNotebookInstance", { NotebookInstanceName: "n", RootAccess: null })).toEqual([]);
  });

  it("a member that an object inherits, which some serializers send and others do not", () => {
    const inherits = (own: object, members: object) => Object.assign(Object.create(members) as object, own);
    const job = { EnableNetworkIsolation: true };
    class Job {
      EnableNetworkIsolation = true;
      get RemoteDebugConfig() {
        return { EnableRemoteDebug: true };
      }
    }
    for (const input of [inherits(job, { RemoteDebugConfig: { EnableRemoteDebug: true } }), new Job()])
      expect(found("CreateTrainingJob", input)).toEqual(["malformed-input /RemoteDebugConfig"]);
    const nested = { ...job, RemoteDebugConfig: Object.create({ EnableRemoteDebug: true }) as object };
    expect(found("CreateTrainingJob", nested)).toEqual(["malformed-input /RemoteDebugConfig/EnableRemoteDebug"]);
    // Methods, and members that the object itself has too, change nothing.
    expect(found("CreateTrainingJob", inherits(job, { EnableNetworkIsolation: false, describe: () => 1 }))).toEqual([]);
    expect(found("CreateTrainingJob", inherits(job, Object.create(null) as object))).toEqual([]);
  });

  it("names what it saw shortly, and counts no further than a hundred faults", () => {
    const input = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`x${"y".repeat(5_000)}${index}`, 1]));
    const findings = guard.check("ListModels", input);
    expect(findings).toHaveLength(100);
    expect(JSON.stringify(findings).length).toBeLessThan(60_000);
  });

  it("passes every body that the API takes, under every posture's form", () => {
    for (const [action, body] of Object.entries(bodies))
      expect(guard.check(action, body).filter(({ rule }) => /^(?:unknown|malformed)/.test(rule))).toEqual([]);
  });

  it("lets an operation or a member that is newer than this release pass only by an exception with a date", () => {
    const until = "2100-01-01";
    const excepted = createGuard({
      posture: "baseline",
      exceptions: [
        { rule: "unknown-operation", resource: "*", until, reason: "new in AWS" },
        { rule: "unknown-member", resource: "training-job/new-*", until, reason: "new in AWS" },
      ],
    });
    expect(found("CreateQuantumJob", {}, excepted)).toEqual([]);
    const input = { TrainingJobName: "new-1", EnableNetworkIsolation: true, Novelty: 1 };
    expect(found("CreateTrainingJob", input, excepted)).toEqual([]);
    expect(found("CreateTrainingJob", { ...input, TrainingJobName: "old" }, excepted)).toEqual([
      "unknown-member /Novelty",
    ]);
    for (const rule of ["malformed-input", "request-unreadable"])
      expect(() =>
        createGuard({ posture: "baseline", exceptions: [{ rule, resource: "*", until, reason: "r" }] }),
      ).toThrow(/^exceptions\[0\].rule: must be a rule of the posture/);
  });

  it("describes such findings in SARIF", () => {
    const [run] = toSarif(guard.check("CreateModle", {})).runs as [{ tool: { driver: { rules: { id: string }[] } } }];
    expect(run.tool.driver.rules).toMatchObject([
      { id: "unknown-operation", shortDescription: { text: expect.stringContaining("does not know") as string } },
    ]);
  });
});
