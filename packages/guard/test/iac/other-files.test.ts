import { describe, expect, it } from "vitest";
import { judgeTemplate, mappedTypes, readTemplate } from "../../src/iac/index.ts";
import { mappingOf } from "../../src/iac/mapping.ts";
import { operationNames } from "../../src/api/model.ts";
import { createGuard } from "../../src/index.ts";
import { bodies, definition } from "../bodies.ts";

const guard = createGuard({ posture: "private" });
const judge = (file: unknown) => judgeTemplate(guard, readTemplate(JSON.stringify(file), { file: "f.json" }));
const told = (file: unknown) =>
  judge(file).map(({ address, verdict, findings, unjudged }) => [
    `${address} ${verdict}`,
    ...findings.map(({ rule, path }) => `${rule} ${path}`),
    ...new Set(unjudged.map(({ path, expression }) => `? ${path} ${expression}`)),
  ]);

describe("a plan of Terraform", () => {
  const model = {
    name: "churn",
    enable_network_isolation: true,
    execution_role_arn: "arn:aws:iam::111122223333:role/m",
    tags: { team: "ml" },
    tags_all: {},
    vpc_config: [{ subnets: ["subnet-0a", "subnet-0b"], security_group_ids: ["sg-0a"] }],
    primary_container: [{ image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn:1", environment: null }],
  };
  const plan = (values: object, unknown: object = {}, type = "aws_sagemaker_model") => ({
    format_version: "1.2",
    planned_values: {
      root_module: {
        child_modules: [
          {
            resources: [
              { address: "module.ml.x.y", mode: "managed", type, name: "y", values: { ...model, ...values } },
            ],
          },
        ],
      },
    },
    resource_changes: [{ address: "module.ml.x.y", change: { actions: ["create"], after_unknown: unknown } }],
  });

  it("is judged by the values that it plans, in every module", () => {
    expect(told(plan({}))).toEqual([["module.ml.x.y clean"]]);
    expect(told(plan({ vpc_config: [] }))).toEqual([["module.ml.x.y finding", "model-vpc /VpcConfig"]]);
    expect(told(plan({ enable_network_isolation: null }))).toEqual([
      ["module.ml.x.y finding", "network-isolation /EnableNetworkIsolation"],
    ]);
    expect(told(plan({}, {}, "awscc_sagemaker_model"))).toEqual([["module.ml.x.y clean"]]);
  });

  it("leaves what is known after apply unjudged", () => {
    expect(
      told(plan({ vpc_config: [{ security_group_ids: ["sg-0a"] }] }, { vpc_config: [{ subnets: true }] })),
    ).toEqual([["module.ml.x.y unjudged", "? /VpcConfig/Subnets a value known after apply"]]);
    expect(told(plan({ vpc_config: undefined }, { vpc_config: true }))).toEqual([
      ["module.ml.x.y unjudged", "? /VpcConfig a value known after apply"],
    ]);
    expect(told(plan({}, { arn: true, id: true, tags_all: {}, vpc_config: [{ subnets: [false, false] }] }))).toEqual([
      ["module.ml.x.y clean"],
    ]);
  });

  it("is never clean for a type or an attribute of the network that is not mapped", () => {
    expect(told(plan({}, {}, "aws_sagemaker_quantum"))[0]?.[0]).toBe("module.ml.x.y unjudged");
    expect(told(plan({}, {}, "awscc_sagemaker_quantum"))[0]?.[0]).toBe("module.ml.x.y unjudged");
    expect(told(plan({ vpc_mode: "open" }))).toEqual([["module.ml.x.y unjudged", "?  the attribute vpc_mode"]]);
    expect(told(plan({}, {}, "aws_s3_bucket"))).toEqual([]);
  });

  it("knows the names that differ from the API's", () => {
    const notebook = {
      name: "lab",
      direct_internet_access: "Disabled",
      subnet_id: "subnet-0a",
      security_groups: ["sg-0a"],
      root_access: "Disabled",
      volume_size: 5,
    };
    const imds = { instance_metadata_service_configuration: [{ minimum_instance_metadata_service_version: "2" }] };
    const resource = (type: string, values: object) => ({
      format_version: "1.2",
      planned_values: { root_module: { resources: [{ address: "r", mode: "managed", type, values }] } },
    });
    expect(told(resource("aws_sagemaker_notebook_instance", { ...notebook, ...imds }))).toEqual([["r clean"]]);
    const variants = {
      production_variants: [{ model_name: "churn", initial_instance_count: 2, instance_type: "ml.m5.large" }],
    };
    expect(
      judgeTemplate(
        createGuard({ posture: "locked" }),
        readTemplate(
          JSON.stringify(
            resource("aws_sagemaker_endpoint_configuration", {
              name: "c",
              kms_key_arn: "arn:aws:kms:eu-west-1:111122223333:key/1",
              ...variants,
            }),
          ),
        ),
      )[0],
    ).toMatchObject({ verdict: "clean" });
    const domain = {
      domain_name: "d",
      auth_mode: "IAM",
      vpc_id: "vpc-1",
      subnet_ids: ["s"],
      app_network_access_type: "VpcOnly",
      default_user_settings: [
        {
          security_groups: ["sg"],
          jupyter_server_app_settings: [{ code_repository: [{ repository_url: "https://x.test" }] }],
        },
      ],
      retention_policy: [{ home_efs_file_system: "Delete" }],
    };
    expect(told(resource("aws_sagemaker_domain", domain))).toEqual([["r clean"]]);
  });
});

describe("the mapping", () => {
  it("leads every type to an operation of the API", () => {
    const operations = new Set(operationNames());
    expect(mappedTypes.length).toBeGreaterThan(80);
    for (const type of mappedTypes) expect(operations).toContain((mappingOf(type) as { action: string }).action);
    expect(mappingOf("AWS::S3::Bucket")).toBeUndefined();
  });
});

describe("the definition of a pipeline", () => {
  it("is judged step by step, models made on the way included", () => {
    expect(told(definition)).toEqual([["Steps.Train clean"], ["Steps.Make clean"], ["Steps.Score clean"]]);
  });

  it("leaves what the execution fills in unjudged, and an unknown step too", () => {
    const step = (Type: string, Arguments: object) => ({
      Version: "2020-12-01",
      Steps: [{ Name: "S", Type, Arguments }],
    });
    const vpc = {
      VpcConfig: { Subnets: ["a"], SecurityGroupIds: ["b"] },
      ResourceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: 1 },
    };
    expect(told(step("Training", { ...vpc, EnableNetworkIsolation: { Get: "Parameters.Iso" } }))).toEqual([
      ["Steps.S unjudged", "? /EnableNetworkIsolation Get Parameters.Iso"],
    ]);
    expect(told(step("Transform", { ModelName: { Get: "Parameters.Model" } }))[0]?.[0]).toBe("Steps.S unjudged");
    expect(told(step("Quantum", {}))[0]?.[0]).toBe("Steps.S unjudged");
    expect(told(step("Training", { ...vpc, EnableNetworkIsolation: true, RoleArm: "r" }))).toEqual([
      ["Steps.S finding", "unknown-member /RoleArm"],
    ]);
    expect(told(step("Fail", {}))).toEqual([]);
  });

  it("takes the parameters that its executions are said to give", () => {
    const Steps = [
      {
        Name: "S",
        Type: "Training",
        Arguments: {
          VpcConfig: { Subnets: [{ Get: "Parameters.Subnet" }], SecurityGroupIds: ["sg-0a"] },
          ResourceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: { Get: "Parameters.Count" } },
          EnableNetworkIsolation: { Get: "Parameters.Iso" },
        },
      },
    ];
    const text = JSON.stringify({ Version: "2020-12-01", Steps });
    const verdict = (parameters?: Record<string, string>) => {
      const [judged] = judgeTemplate(guard, readTemplate(text, { parameters }));
      return [judged?.verdict, ...(judged?.findings ?? []).map(({ path }) => path)];
    };
    const all = { Subnet: "subnet-0a", Count: "1", Iso: "true" };
    expect(verdict(all)).toEqual(["clean"]);
    expect(verdict({ ...all, Count: "2" })).toEqual(["finding", "/EnableInterContainerTrafficEncryption"]);
    expect(verdict({ ...all, Iso: "false" })).toEqual(["finding", "/EnableNetworkIsolation"]);
    expect(verdict({ ...all, Subnet: "" })).toEqual(["finding", "/VpcConfig"]);
    expect(verdict({ Subnet: "subnet-0a", toString: "x", Iso: "true" })).toEqual(["unjudged"]);
    const run = (ContainerArguments: unknown) =>
      JSON.stringify({
        Steps: [{ Name: "S", Type: "Training", Arguments: { AlgorithmSpecification: { ContainerArguments } } }],
      });
    const commands = (parameters: Record<string, string>, ...words: unknown[]) =>
      judgeTemplate(guard, readTemplate(run(words), { parameters })).flatMap(({ unjudged }) =>
        unjudged.filter(({ expression }) => expression === "a command that calls SageMaker"),
      ).length;
    expect(commands({ C: "aws sagemaker create-app" }, "sh", "-c", { Get: "Parameters.C" })).toBe(1);
    expect(commands({ C: "create-app" }, "aws", "sagemaker", { Get: "Parameters.C" })).toBe(1);
    expect(commands({ C: "aws s3 ls" }, "sh", "-c", { Get: "Parameters.C" })).toBe(0);
    const open = judgeTemplate(guard, readTemplate(text))[0]?.unjudged.map(({ decidedBy }) => decidedBy);
    expect(open).toContain("--parameters Iso=VALUE, which each execution must give");
  });
});

describe("events of CloudTrail", () => {
  const event = (eventName: string, requestParameters: unknown, eventSource = "sagemaker.amazonaws.com") => ({
    eventVersion: "1.11",
    eventSource,
    eventName,
    eventID: "e-1",
    requestParameters,
  });
  const camel = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(camel);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name.charAt(0).toLowerCase() + name.slice(1), camel(inner)]),
    );
  };

  it("are judged as the requests that they were, in logs, alone and from EventBridge", () => {
    const good = event("CreateTrainingJob", camel(bodies["CreateTrainingJob"]));
    const bad = event("CreateTrainingJob", {
      trainingJobName: "t",
      enableNetworkIsolation: true,
      resourceConfig: { instanceCount: 1 },
    });
    expect(told({ Records: [good, bad, event("RunInstances", {}, "ec2.amazonaws.com")] })).toEqual([
      ["e-1 clean"],
      ["e-1 finding", "training-vpc /VpcConfig"],
    ]);
    expect(told(bad)[0]?.[1]).toBe("training-vpc /VpcConfig");
    expect(told({ "detail-type": "AWS API Call via CloudTrail", detail: bad })[0]?.[1]).toBe("training-vpc /VpcConfig");
    expect(told(event("DescribeModel", null))).toEqual([["e-1 clean"]]);
  });

  it("leave unjudged what CloudTrail hides, and refuse what the API does not have", () => {
    const hidden = {
      trainingJobName: "t",
      enableNetworkIsolation: "HIDDEN_DUE_TO_SECURITY_REASONS",
      resourceConfig: { instanceCount: 1 },
      vpcConfig: { subnets: ["s"], securityGroupIds: ["g"] },
    };
    expect(told(event("CreateTrainingJob", hidden))).toEqual([
      ["e-1 unjudged", "? /EnableNetworkIsolation a value that CloudTrail hides"],
    ]);
    expect(told(event("CreateQuantumJob", {}))).toEqual([["e-1 finding", "unknown-operation "]]);
  });
});
