import { describe, expect, it } from "vitest";
import { judgeTemplate, readTemplate } from "../../src/iac/index.ts";
import { type Guard, type GuardOptions, createGuard, postures, toSarif } from "../../src/index.ts";

type Step = Readonly<Record<string, unknown>>;

const guard = createGuard({ posture: "baseline" });
const step = (Type: unknown, Arguments: unknown = {}, Name = "S"): Step => ({ Name, Type, Arguments });
const evil = step("Training", { TrainingJobName: "open" }, "Evil");
const good = step("Fail", { ErrorMessage: "stop" }, "Stop");
const defined = (...Steps: readonly unknown[]) => ({ Version: "2020-12-01", Steps });
const pipeline = (definition: unknown) => ({
  PipelineName: "p",
  RoleArn: "arn:aws:iam::111122223333:role/r",
  PipelineDefinition: typeof definition === "string" ? definition : JSON.stringify(definition),
});
const found = (definition: unknown, by: Guard = guard, action = "CreatePipeline") =>
  by.check(action, pipeline(definition)).map(({ rule, path }) => `${rule} ${path}`);
const verdictOf = (definition: unknown, by: Guard = guard) =>
  judgeTemplate(by, readTemplate(JSON.stringify(definition))).map(({ address, verdict }) => `${address} ${verdict}`);

const unseen = ["Lambda", "Callback", "EMR", "EMRServerless"];
const exception = { rule: "pipeline-step", resource: "pipeline/p", until: "2100-01-01", reason: "reviewed" };
const exceptions = [exception];

describe("a gate that cannot judge refuses: what a step of a pipeline runs elsewhere", () => {
  it.each(unseen)("%s is refused by check, by enforce and by requests, and unjudged by assess", async (type) => {
    const input = pipeline(defined(step(type)));
    for (const action of ["CreatePipeline", "UpdatePipeline", "create-pipeline"]) {
      const [finding, ...others] = guard.check(action, input);
      expect(others).toEqual([]);
      expect(finding).toMatchObject({ rule: "pipeline-step", severity: "high", path: "/PipelineDefinition" });
      expect(finding?.message).toBe(`The step S of the type ${type} runs what no rule can judge.`);
      expect(finding?.fix).toContain("exception for pipeline-step");
    }
    await expect(guard.enforce("CreatePipeline", input)).rejects.toMatchObject({
      findings: [{ rule: "pipeline-step" }],
    });
    const headers = { "x-amz-target": "SageMaker.CreatePipeline", "content-type": "application/x-amz-json-1.1" };
    const url = "https://api.sagemaker.eu-west-1.amazonaws.com/";
    await expect(guard.enforceRequest({ url, headers, body: JSON.stringify(input) })).rejects.toMatchObject({
      findings: [{ rule: "pipeline-step" }],
    });
    expect(guard.assess("CreatePipeline", input)).toMatchObject({
      findings: [],
      unjudged: [{ rule: "pipeline-step" }],
    });
  });

  it("each step is named, those in branches too, and an exception of the owner lets them pass", () => {
    const definition = defined(step("Lambda", {}, "A"), step("Condition", { ElseSteps: [step("EMR", {}, "B")] }));
    expect(guard.check("CreatePipeline", pipeline(definition)).map(({ message }) => message.slice(0, 10))).toEqual([
      "The step A",
      "The step B",
    ]);
    expect(found(definition, createGuard({ posture: "baseline", exceptions }))).toEqual([]);
    const expired = createGuard({ posture: "baseline", exceptions: [{ ...exception, until: "2000-01-01" }] });
    expect(found(definition, expired)).toHaveLength(2);
    // An exception for the steps that run elsewhere excuses none of the others.
    expect(found(defined(step("Lambda"), evil), createGuard({ posture: "baseline", exceptions }))).toEqual(
      found(defined(evil)),
    );
  });

  it("what only decides the way passes", () => {
    const condition = step("Condition", { Conditions: [], IfSteps: [good], ElseSteps: null });
    expect(found(defined(good, condition, step("Endpoint", { EndpointName: "e", EndpointConfigName: "c" })))).toEqual(
      [],
    );
  });

  it("is described in SARIF, and policies name it as a gap", () => {
    const log = toSarif(guard.check("CreatePipeline", pipeline(defined(step("EMR")))));
    expect(log.runs[0]?.["tool"]).toMatchObject({
      driver: { rules: [{ id: "pipeline-step", helpUri: expect.stringMatching(/^https:/) as string }] },
    });
    const gap = { rule: "pipeline-step", actions: ["CreatePipeline", "UpdatePipeline"], kind: "unheld" };
    expect(guard.toIamPolicy().gaps).toContainEqual(expect.objectContaining(gap));
  });
});

describe("a gate that cannot judge refuses: a command of a step that calls SageMaker", () => {
  const isolated = { EnableNetworkIsolation: true, NetworkConfig: { EnableNetworkIsolation: true } };
  const call = "aws --region eu-west-1 sagemaker create-notebook-instance";
  it.each<[string, string, object]>([
    [
      "a processing job",
      "Processing",
      {
        NetworkConfig: isolated.NetworkConfig,
        AppSpecification: { ImageUri: "i", ContainerEntrypoint: ["sh", "-c", call] },
      },
    ],
    [
      "words of a command",
      "Processing",
      {
        NetworkConfig: isolated.NetworkConfig,
        AppSpecification: {
          ImageUri: "i",
          ContainerEntrypoint: ["aws"],
          ContainerArguments: ["sagemaker", "create-notebook-instance"],
        },
      },
    ],
    [
      "a training job",
      "Training",
      {
        EnableNetworkIsolation: true,
        AlgorithmSpecification: {
          TrainingInputMode: "File",
          TrainingImage: "i",
          ContainerArguments: ["python", "-c", "boto3.client('sagemaker').create_notebook_instance()"],
        },
      },
    ],
  ])("%s", (_, type, args) => {
    const definition = defined(step(type, args));
    expect(found(definition)).toEqual(["pipeline-step /PipelineDefinition"]);
    expect(found(definition, createGuard({ posture: "baseline", exceptions }))).toEqual([]);
    expect(guard.assess("CreatePipeline", pipeline(definition))).toMatchObject({
      findings: [],
      unjudged: [{ rule: "pipeline-step" }],
    });
    expect(verdictOf(definition)).toEqual(["Steps.S unjudged"]);
  });

  it("arguments that are nested too deeply to be searched", () => {
    const deep = `{"Version":"2020-12-01","Steps":[{"Name":"S","Type":"Training","Arguments":{"EnableNetworkIsolation":true,"X":${"[".repeat(200_000)}${"]".repeat(200_000)}}}]}`;
    expect(found(deep)).toContain("pipeline-step /PipelineDefinition");
  });

  it("and names of images, parameters and clients of endpoints are no command", () => {
    const args = {
      EnableNetworkIsolation: true,
      HyperParameters: { sagemaker_program: "train.py", sagemaker_submit_directory: "s3://sagemaker-eu-west-1-1/x" },
      Environment: { CODE: "boto3.client('sagemaker-runtime')", START: "aws sagemaker describe-model" },
      AlgorithmSpecification: { TrainingInputMode: "File", TrainingImage: "1.dkr.ecr/sagemaker-xgboost:1" },
    };
    expect(found(defined(step("Training", args)))).toEqual([]);
    expect(verdictOf(defined(step("Training", args)))).toEqual(["Steps.S clean"]);
  });
});

describe("a gate that cannot judge refuses: steps that it does not find", () => {
  const bad: readonly (readonly [string, unknown])[] = [
    ["lower case", defined(step("Condition", { ifSteps: [evil] }))],
    ["snake case", defined(step("Condition", { if_steps: [evil] }))],
    ["another name", defined(step("Condition", { Branches: [[evil]] }))],
    ["a branch beside the arguments", defined({ ...step("Condition"), IfSteps: [evil] })],
    ["a branch beside no arguments", defined({ Name: "S", Type: "Condition", ElseSteps: [evil] })],
    ["a branch of a step without branches", defined({ ...good, IfSteps: [evil] })],
    ["a branch in the arguments of one", defined(step("Fail", { ErrorMessage: "x", IfSteps: [evil] }))],
    ["a branch that is filled in later", defined(step("Condition", { IfSteps: { Get: "Parameters.Steps" } }))],
    ["arguments that are filled in later", defined(step("Condition", { Get: "Parameters.Arguments" }))],
    ["arguments that are joined", defined(step("Condition", { "Std:Join": { On: "", Values: [] } }))],
    ["arguments that are a list", defined(step("Condition", [evil]))],
    ["arguments that are text", defined(step("Condition", JSON.stringify({ IfSteps: [evil] })))],
    ["a second spelling of the arguments", defined({ ...good, arguments: { IfSteps: [evil] } })],
    ["a second spelling of the type", defined({ ...good, type: "Training" })],
    ["a second spelling of the steps", { ...defined(good), steps: [evil] }],
    ["steps beside the steps", { ...defined(good), OnFailureSteps: [evil] }],
    ["another version", { Version: "2031-01-01", Steps: [good] }],
    ["a version that is filled in later", { Version: { Get: "Parameters.Version" }, Steps: [good] }],
    ["a type that is filled in later", defined(step({ Get: "Parameters.Type" }))],
    ["an unheard type", defined(step("Parallel", { Branches: [[evil]] }))],
    ["null in the place of a step", defined(null)],
  ];

  it.each(bad)("%s", (_, definition) => {
    expect(found(definition)).toEqual(["pipeline-definition /PipelineDefinition"]);
    expect(found(definition, guard, "UpdatePipeline")).toEqual(["pipeline-definition /PipelineDefinition"]);
    expect(guard.assess("CreatePipeline", pipeline(definition)).findings).toHaveLength(1);
    expect(verdictOf(definition).filter((verdict) => verdict.endsWith("unjudged"))).not.toEqual([]);
  });

  it("the steps after such a step are judged, and excused apart", () => {
    const rule = "pipeline-definition";
    const excused = createGuard({ posture: "baseline", exceptions: [{ ...exception, rule }] });
    for (const [, definition] of bad.slice(0, 3))
      expect(found({ ...defined(...(definition as { Steps: [] }).Steps, evil) }, excused)).toEqual(
        found(defined(evil)),
      );
  });

  it("a name that moves a cursor or begins a command of a runner is quoted", () => {
    const name = "A\n::error::x\u202e";
    const steps = [step("Lambda", {}, name), step("Training", {}, name), step("Unheard", {}, name)];
    const told = guard.check("CreatePipeline", pipeline(defined(...steps))).map(({ message }) => message);
    expect(told.length).toBeGreaterThan(2);
    for (const message of told) expect(message).not.toMatch(/[\n\u202e]/);
  });

  it("the configuration of an endpoint in a step of an endpoint is judged", () => {
    const locked = createGuard({ posture: "locked" });
    const config = { EndpointConfigName: "c", ProductionVariants: [{ VariantName: "v", ModelName: "m" }] };
    expect(found(defined(step("Endpoint", config)), locked)).toEqual(
      found(defined(step("EndpointConfig", config)), locked),
    );
    expect(found(defined(step("Endpoint", config)), locked)).not.toEqual([]);
    expect(found(defined(step("Endpoint", { EndpointName: "e", Novel: {} })))).toEqual([
      "unknown-member /PipelineDefinition",
    ]);
  });

  it.each<[string, string, object]>([
    ["a setting that is off where it is absent", "Training", { RemoteDebugConfig: { Get: "Parameters.Debug" } }],
    ["a container", "Model", { PrimaryContainer: { Get: "Parameters.Container" } }],
    ["one of several containers", "Model", { Containers: [{ Get: "Parameters.Container" }] }],
    ["a list of containers", "Model", { Containers: { "Std:Join": { On: "", Values: [] } } }],
    ["a variant", "EndpointConfig", { ProductionVariants: [{ Get: "Parameters.Variant" }] }],
    ["the algorithm", "Training", { AlgorithmSpecification: { Get: "Parameters.Algorithm" } }],
  ])("a reference in the place of %s", (_, type, args) => {
    const known = { EnableNetworkIsolation: true, VpcConfig: { Subnets: ["subnet-0a"], SecurityGroupIds: ["sg-0a"] } };
    expect(found(defined(step(type, { ...known, ...args }))).join()).toMatch(/(?:unknown-member|malformed-input)/);
  });

  it("a reference in the place of a text is not refused", () => {
    const read = { "Std:JsonGet": { PropertyFile: { Get: "Steps.P.PropertyFiles.F" }, Path: "eta" } };
    const known = {
      EnableNetworkIsolation: true,
      HyperParameters: { epochs: { Get: "Parameters.Epochs" }, eta: read },
    };
    const stop = { StoppingCondition: { MaxRuntimeInSeconds: { Get: "Parameters.Time" } } };
    expect(found(defined(step("Training", { ...known, ...stop, RoleArn: { Get: "Parameters.Role" } })))).toEqual([]);
  });

  it("a value that is read from a file when the pipeline runs keeps no rule", () => {
    const read = { "Std:JsonGet": { PropertyFile: { Get: "Steps.P.PropertyFiles.F" }, Path: "a" } };
    const open = defined(step("Training", { EnableNetworkIsolation: read }));
    expect(found(open)).toEqual(["container-internet /PipelineDefinition"]);
    expect(verdictOf(open)).toEqual(["Steps.S unjudged"]);
    const key = defined(step("Training", { EnableNetworkIsolation: true, OutputDataConfig: { KmsKeyId: read } }));
    const locked = createGuard({ posture: "locked" });
    expect(found(key, locked)).toContain("output-key /PipelineDefinition");
    expect(found(key, locked)).not.toContain("malformed-input /PipelineDefinition");
  });

  it("a variant of an endpoint names the model of another step", () => {
    const variant = { VariantName: "v", InstanceType: "ml.m5.large", InitialInstanceCount: 1 };
    const config = (ModelName: unknown) => ({
      EndpointConfigName: "c",
      ProductionVariants: [{ ...variant, ModelName }],
    });
    const isolated = { ExecutionRoleArn: "r", EnableNetworkIsolation: true, PrimaryContainer: { Image: "i" } };
    for (const type of ["EndpointConfig", "Endpoint"]) {
      const reference = { Get: "Steps.M.ModelName" };
      expect(found(defined(step("Model", isolated, "M"), step(type, config(reference))))).toEqual([]);
      expect(found(defined(step(type, config({ ...reference, Also: "x" }))))).toContain(
        "malformed-input /PipelineDefinition",
      );
    }
  });

  it("a reference with members beside it is no reference", () => {
    const vpc = { Subnets: ["subnet-0a"], SecurityGroupIds: ["sg-0a"] };
    for (const reference of [{ Get: "Parameters.Vpc" }, { "Std:Join": { On: "", Values: [] } }])
      expect(found(defined(step("Training", { VpcConfig: { ...reference, ...vpc } })))).toContain(
        "unknown-member /PipelineDefinition",
      );
  });

  it.each<[string, unknown]>([
    ["in S3", undefined],
    ["of an unheard type", defined(step("Parallel"))],
    ["in another spelling", defined(step("Condition", { ifSteps: [evil] }))],
  ])("%s, under a custom posture without the rule about definitions", (_, definition) => {
    const rules = postures.private.rules.filter(({ id }) => id === "training-vpc");
    const own = createGuard({ posture: { name: "own", rules } } satisfies GuardOptions);
    const { PipelineDefinition, ...rest } = pipeline(definition ?? "");
    const input =
      definition === undefined
        ? { ...rest, PipelineDefinitionS3Location: { Bucket: "b", ObjectKey: "k" } }
        : { ...rest, PipelineDefinition };
    expect(own.check("CreatePipeline", input).map(({ rule }) => rule)).toEqual(["pipeline-step"]);
    expect(own.assess("CreatePipeline", input).findings).toHaveLength(1);
  });

  it("a definition that a template does not say is unjudged under such a posture", () => {
    const rules = postures.private.rules.filter(({ id }) => id === "training-vpc");
    const own = createGuard({ posture: { name: "own", rules } });
    const template = {
      Parameters: { D: { Type: "String" } },
      Resources: {
        P: {
          Type: "AWS::SageMaker::Pipeline",
          Properties: { ...pipeline(""), PipelineDefinition: { PipelineDefinitionBody: { Ref: "D" } } },
        },
      },
    };
    expect(verdictOf(template, own)).toEqual(["P unjudged"]);
  });
});
