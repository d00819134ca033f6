import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { control } from "../send.ts";

let aws: Aws;
beforeAll(async () => {
  aws = await startAws({
    accounts: ["123456789012", "210987654321"],
    users: [{ name: "one" }, { name: "other", accountId: "210987654321" }],
  });
  await control(aws, "CreateModel", { ModelName: "x" });
  await control(aws, "CreateEndpointConfig", {
    EndpointConfigName: "x",
    ProductionVariants: [{ VariantName: "v", ModelName: "x", InstanceType: "ml.m5.large", InitialInstanceCount: 1 }],
  });
});
afterAll(() => aws.close());

const vpc = { Subnets: ["subnet-1"], SecurityGroupIds: ["sg-1"] };

const role = "arn:aws:iam::123456789012:role/worker";
const resources = { ClusterConfig: { InstanceCount: 1, InstanceType: "ml.m5.large", VolumeSizeInGB: 30 } };
const processing = { ProcessingResources: resources, AppSpecification: { ImageUri: "image" }, RoleArn: role };
const variant = (ModelName: string) => ({
  VariantName: "v",
  ModelName,
  InstanceType: "ml.m5.large",
  InitialInstanceCount: 1,
});

describe("what SageMaker refuses", () => {
  it("a missing member, all of them named", async () => {
    const { json } = await control(aws, "CreateTransformJob", { TransformJobName: "t" });
    expect(json).toEqual({
      __type: "ValidationException",
      message:
        "4 validation errors detected: Value null at 'modelName' failed to satisfy constraint: Member must not be null; Value null at 'transformInput' failed to satisfy constraint: Member must not be null; Value null at 'transformOutput' failed to satisfy constraint: Member must not be null; Value null at 'transformResources' failed to satisfy constraint: Member must not be null",
    });
  });

  it("an invalid name and a name that is too long", async () => {
    for (const ModelName of ["under_score", "-dash", "x".repeat(64)]) {
      expect((await control(aws, "CreateModel", { ModelName })).json["__type"]).toBe("ValidationException");
    }
    expect((await control(aws, "CreateModel", { ModelName: 7 })).json).toEqual({
      __type: "SerializationException",
      message: "NUMBER_VALUE can not be converted to a String",
    });
  });

  it("a name that is taken: a validation error for things, ResourceInUse for jobs", async () => {
    await control(aws, "CreateModel", { ModelName: "twice" });
    expect((await control(aws, "CreateModel", { ModelName: "twice" })).json).toEqual({
      __type: "ValidationException",
      message: 'Cannot create already existing model "arn:aws:sagemaker:us-east-1:123456789012:model/twice".',
    });
    const job = { ProcessingJobName: "twice", ...processing };
    await control(aws, "CreateProcessingJob", job);
    expect((await control(aws, "CreateProcessingJob", job)).json["__type"]).toBe("ResourceInUse");
  });

  it("a VpcConfig without security groups, wherever it stands", async () => {
    const { json } = await control(aws, "CreateProcessingJob", {
      ProcessingJobName: "p",
      ...processing,
      NetworkConfig: { VpcConfig: { Subnets: ["subnet-1"] } },
    });
    expect(json["message"]).toBe(
      "1 validation error detected: Value null at 'networkConfig.vpcConfig.securityGroupIds' failed to satisfy constraint: Member must not be null",
    );
  });

  it("a notebook without internet and without a subnet", async () => {
    const notebook = {
      NotebookInstanceName: "n",
      InstanceType: "ml.t3.medium",
      RoleArn: role,
      DirectInternetAccess: "Disabled",
    };
    expect((await control(aws, "CreateNotebookInstance", notebook)).json["message"]).toMatch(
      /only if you set a value for the SubnetId/,
    );
    expect(
      (await control(aws, "CreateNotebookInstance", { ...notebook, SubnetId: "subnet-1", SecurityGroupIds: ["sg-1"] }))
        .status,
    ).toBe(200);
    expect((await control(aws, "DescribeNotebookInstance", { NotebookInstanceName: "n" })).json).toMatchObject({
      SecurityGroups: ["sg-1"],
      NotebookInstanceStatus: "InService",
      Url: "n.notebook.us-east-1.sagemaker.aws",
    });
  });

  it("an endpoint without its configuration, and a configuration without its model", async () => {
    expect(
      (await control(aws, "CreateEndpoint", { EndpointName: "e", EndpointConfigName: "nope" })).json["message"],
    ).toBe('Could not find endpoint configuration "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/nope".');
    const config = { EndpointConfigName: "c", ProductionVariants: [variant("nope")] };
    expect((await control(aws, "CreateEndpointConfig", config)).json["message"]).toMatch(/^Could not find model/);
  });

  it("what another account owns, by name or by ARN", async () => {
    await control(aws, "CreateModel", { ModelName: "mine", VpcConfig: vpc });
    const theirs = (ModelName: string) =>
      control(aws, "DescribeModel", { ModelName }, { credentials: aws.users["other"] ?? null });
    expect((await theirs("mine")).status).toBe(400);
    expect((await theirs("arn:aws:sagemaker:us-east-1:123456789012:model/mine")).status).toBe(400);
    expect((await control(aws, "DescribeModel", { ModelName: "mine" })).json["VpcConfig"]).toEqual(vpc);
  });

  it("a body that is not JSON, and an operation that it does not serve", async () => {
    expect((await control(aws, "ListModels", [])).json["__type"]).toBe("SerializationException");
    expect((await control(aws, "ExplodeModel", {})).json["__type"]).toBe("UnknownOperationException");
  });
});

describe("lists", () => {
  it("come in pages that nothing made meanwhile shifts", async () => {
    const local = await startAws();
    try {
      for (let n = 0; n < 25; n += 1) {
        await control(local, "CreateModel", { ModelName: `m${String(n).padStart(2, "0")}` });
        await local.clock.advance(1000);
      }
      const names: string[] = [];
      let NextToken: unknown;
      do {
        const { json } = await control(local, "ListModels", { NextToken, SortBy: "Name", SortOrder: "Ascending" });
        names.push(...(json["Models"] as { ModelName: string }[]).map(({ ModelName }) => ModelName));
        NextToken = json["NextToken"];
        await control(local, "CreateModel", { ModelName: `a${names.length}` });
      } while (NextToken !== undefined);
      expect(names).toEqual(Array.from({ length: 25 }, (_, n) => `m${String(n).padStart(2, "0")}`));

      const newest = await control(local, "ListModels", {
        MaxResults: 1,
        NameContains: "M",
        CreationTimeBefore: local.clock.now() / 1000,
      });
      expect(newest.json["Models"]).toMatchObject([{ ModelName: "m24" }]);
      expect((await control(local, "ListModels", { NextToken: "forged" })).json["message"]).toBe("Invalid NextToken.");
      expect((await control(local, "ListModels", { MaxResults: 101 })).json["message"]).toContain(
        "less than or equal to 100",
      );
    } finally {
      await local.close();
    }
  });
});

describe("an AutoML job", () => {
  it("is one job, whichever version of the operations made it", async () => {
    const OutputDataConfig = { S3OutputPath: "s3://bucket/out" };
    const job = {
      AutoMLJobInputDataConfig: [{ ChannelType: "training" }],
      OutputDataConfig,
      AutoMLProblemTypeConfig: { TextClassificationJobConfig: { ContentColumn: "text", TargetLabelColumn: "label" } },
      RoleArn: role,
    };
    await control(aws, "CreateAutoMLJobV2", { AutoMLJobName: "auto", ...job });
    expect((await control(aws, "StopAutoMLJob", { AutoMLJobName: "auto" })).status).toBe(200);
    expect((await control(aws, "DescribeAutoMLJobV2", { AutoMLJobName: "auto" })).json["AutoMLJobStatus"]).toBe(
      "Stopped",
    );
    const { json } = await control(aws, "ListAutoMLJobs", { NameContains: "auto" });
    expect(json["AutoMLJobSummaries"]).toHaveLength(1);
    const again = {
      AutoMLJobName: "auto",
      InputDataConfig: [{ TargetAttributeName: "label" }],
      OutputDataConfig,
      RoleArn: role,
    };
    expect((await control(aws, "CreateAutoMLJob", again)).json["__type"]).toBe("ResourceInUse");
  });
});

describe("updates", () => {
  it("change what is described, and when", async () => {
    const local = await startAws();
    try {
      await control(local, "CreateNotebookInstance", {
        NotebookInstanceName: "n",
        InstanceType: "ml.t3.medium",
        RoleArn: role,
      });
      const update = () =>
        control(local, "UpdateNotebookInstance", { NotebookInstanceName: "n", RootAccess: "Disabled" });
      expect((await update()).json["message"]).toBe(
        "Status (InService) not in ([Stopped, Failed]). Unable to transition to (Updating) for notebook instance (arn:aws:sagemaker:us-east-1:123456789012:notebook-instance/n).",
      );
      await control(local, "StopNotebookInstance", { NotebookInstanceName: "n" });
      await local.clock.advance(5000);
      expect((await update()).status).toBe(200);
      const { json } = await control(local, "DescribeNotebookInstance", { NotebookInstanceName: "n" });
      expect(json).toMatchObject({ RootAccess: "Disabled", InstanceType: "ml.t3.medium" });
      expect(Number(json["LastModifiedTime"]) - Number(json["CreationTime"])).toBeCloseTo(5);
    } finally {
      await local.close();
    }
  });
});

describe("states", () => {
  const variants = [{ VariantName: "v", ModelName: "m", InitialInstanceCount: 1, InstanceType: "ml.m5.large" }];
  const endpoint = { EndpointName: "e", EndpointConfigName: "c" };

  it("refuse a change while another one is under way, as AWS does", async () => {
    const local = await startAws({ progress: { afterMs: 60_000 } });
    const message = async (operation: string, input: object) =>
      (await control(local, operation, input)).json["message"];
    try {
      await control(local, "CreateModel", { ModelName: "m", ExecutionRoleArn: role });
      await control(local, "CreateEndpointConfig", { EndpointConfigName: "c", ProductionVariants: variants });
      await control(local, "CreateEndpoint", endpoint);
      const busy = 'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e".';
      const weights = { EndpointName: "e", DesiredWeightsAndCapacities: [{ VariantName: "v", DesiredWeight: 2 }] };
      expect(await message("UpdateEndpoint", endpoint)).toBe(busy);
      expect(await message("UpdateEndpointWeightsAndCapacities", weights)).toBe(busy);
      expect(await message("DeleteEndpoint", { EndpointName: "e" })).toBe(busy);
      await local.clock.advance(60_000);
      expect(await message("UpdateEndpoint", endpoint)).toBeUndefined();
      expect(await message("DeleteEndpoint", { EndpointName: "e" })).toBe(busy);
      await local.clock.advance(60_000);
      expect(await message("DeleteEndpoint", { EndpointName: "e" })).toBeUndefined();

      const notebook = { NotebookInstanceName: "n" };
      await control(local, "CreateNotebookInstance", { ...notebook, InstanceType: "ml.t3.medium", RoleArn: role });
      expect(await message("StopNotebookInstance", notebook)).toMatch(/^Status \(Pending\) not in \(\[InService\]\)/);
      await local.clock.advance(60_000);
      expect(await message("StopNotebookInstance", notebook)).toBeUndefined();
      expect(await message("StopNotebookInstance", notebook)).toMatch(/^Status \(Stopping\) not in/);
      expect(await message("StartNotebookInstance", notebook)).toMatch(/^Status \(Stopping\) not in/);
    } finally {
      await local.close();
    }
  });
});

describe("pipelines", () => {
  const step = { Name: "s", Type: "Training", Arguments: {} };
  const define = (PipelineDefinition: unknown, operation = "CreatePipeline") =>
    control(aws, operation, {
      PipelineName: "defined",
      PipelineDefinition:
        typeof PipelineDefinition === "string" ? PipelineDefinition : JSON.stringify(PipelineDefinition),
      RoleArn: role,
      ClientRequestToken: "a".repeat(32),
    });

  it.each([
    ["{", "must be a JSON object"],
    [[], "must be a JSON object"],
    [{ Steps: [step] }, "Version"],
    [{ Version: "2020-12-01" }, "Steps"],
    [{ Version: "2020-12-01", Steps: [{ Name: "s" }] }, "Steps"],
    [{ Version: "2020-12-01", Steps: [step, step] }, "unique"],
  ])("refuse a definition that cannot be read: %j", async (definition, reason) => {
    for (const operation of ["CreatePipeline", "UpdatePipeline"]) {
      const { status, json } = await define(definition, operation);
      expect([status, json["message"]]).toEqual([400, expect.stringContaining(reason)]);
      expect(json["message"]).toMatch(/^Unable to parse pipeline definition\./);
    }
  });

  it("keep a definition that can", async () => {
    expect((await define({ Version: "2020-12-01", Steps: [step] })).status).toBe(200);
    expect((await define({ Version: "2020-12-01", Steps: [] }, "UpdatePipeline")).status).toBe(200);
  });
});

describe("presigned URLs", () => {
  it("open the notebook that is there", async () => {
    await control(aws, "CreateNotebookInstance", {
      NotebookInstanceName: "door",
      InstanceType: "ml.t3.medium",
      RoleArn: role,
    });
    const { json } = await control(aws, "CreatePresignedNotebookInstanceUrl", { NotebookInstanceName: "door" });
    expect(json["AuthorizedUrl"]).toMatch(/^https:\/\/door\.notebook\.us-east-1\.sagemaker\.aws\/auth\?token=/);
    expect(
      (await control(aws, "CreatePresignedNotebookInstanceUrl", { NotebookInstanceName: "none" })).json["message"],
    ).toBe("RecordNotFound");
  });
});

describe("policies", () => {
  it("see the condition keys of the request", async () => {
    const limited = aws.role("private-only");
    limited.update({
      policies: [
        {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Action: "sagemaker:CreateModel",
              Resource: "arn:aws:sagemaker:*:*:model/private-*",
              Condition: {
                Bool: { "sagemaker:NetworkIsolation": "true" },
                "ForAllValues:StringEquals": { "sagemaker:VpcSubnets": ["subnet-1"] },
                Null: { "sagemaker:VpcSubnets": "false" },
              },
            },
          ],
        },
      ],
    });
    const create = async (input: Record<string, unknown>) =>
      (await control(aws, "CreateModel", input, { credentials: limited.session() })).status;
    expect(await create({ ModelName: "private-1", EnableNetworkIsolation: true, VpcConfig: vpc })).toBe(200);
    expect(await create({ ModelName: "private-2", EnableNetworkIsolation: false, VpcConfig: vpc })).toBe(400);
    expect(await create({ ModelName: "private-3", EnableNetworkIsolation: true })).toBe(400);
    expect(await create({ ModelName: "public", EnableNetworkIsolation: true, VpcConfig: vpc })).toBe(400);
    expect(
      await create({
        ModelName: "private-4",
        EnableNetworkIsolation: true,
        VpcConfig: { ...vpc, Subnets: ["subnet-1", "subnet-2"] },
      }),
    ).toBe(400);
  });
});

describe("a request through a VPC endpoint", () => {
  it("shows policies which one", async () => {
    const inside = aws.role("inside");
    const Condition = { StringEquals: { "aws:SourceVpce": "vpce-0abc" }, Null: { "aws:SourceIp": "true" } };
    inside.update({
      policies: [{ Statement: { Effect: "Allow", Action: "sagemaker:ListModels", Resource: "*", Condition } }],
    });
    const through = (host: string) => {
      const lookup = (_: string, __: unknown, done: (error: null, addresses: object[]) => void) =>
        done(null, [{ address: "127.0.0.1", family: 4 }]);
      const url = { ...aws.url, sagemaker: aws.url.sagemaker.replace("localhost", host) };
      return control({ ...aws, url }, "ListModels", {}, { credentials: inside.session(), tls: { lookup } });
    };
    expect((await through("vpce-0abc-def.api.sagemaker.us-east-1.vpce.amazonaws.com")).status).toBe(200);
    expect((await through("vpce-0abc-def-us-east-1a.api.sagemaker.us-east-1.vpce.amazonaws.com")).status).toBe(200);
    expect((await through("vpce-0def-abc.api.sagemaker.us-east-1.vpce.amazonaws.com")).status).toBe(400);
    expect((await through("api.sagemaker.us-east-1.amazonaws.com")).status).toBe(400);
  });
});
