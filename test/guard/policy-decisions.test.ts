import { createGuard } from "@countersign/guard";
import { type PolicyContext, type PolicyDecision, evaluate } from "@countersign/testing";
import { describe, expect, it } from "vitest";

const network = {
  vpcId: "vpc-0a1b2c3d4e5f60718",
  subnets: ["subnet-a", "subnet-b"],
  securityGroupIds: ["sg-a"],
  vpcEndpoints: ["vpce-a"],
};
const guards = {
  baseline: createGuard({ posture: "baseline", network }),
  private: createGuard({ posture: "private", network }),
  locked: createGuard({ posture: "locked", network }),
};
const everything = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } } as const;

const through = { "aws:SourceVpce": "vpce-a" };
const vpc = { "sagemaker:VpcSubnets": ["subnet-a", "subnet-b"], "sagemaker:VpcSecurityGroupIds": ["sg-a"], ...through };
const isolated = { ...vpc, "sagemaker:NetworkIsolation": true };
const training = { ...isolated, "sagemaker:InterContainerTrafficEncryption": true };
const notebook = {
  ...vpc,
  "sagemaker:VpcSubnets": ["subnet-a"],
  "sagemaker:DirectInternetAccess": "Disabled",
  "sagemaker:RootAccess": "Disabled",
  "sagemaker:MinimumInstanceMetadataServiceVersion": "2",
};
const keys = {
  "sagemaker:VolumeKmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/1",
  "sagemaker:OutputKmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/1",
};
const m5 = { "sagemaker:InstanceTypes": ["ml.m5.xlarge"] };

type Row = readonly [posture: keyof typeof guards, operation: string, context: PolicyContext, decision: PolicyDecision];

// Written by hand from the AWS pages, without the guard and without the reading of requests that the evaluator brings.
const rows: readonly Row[] = [
  ["private", "CreateTrainingJob", training, "allow"],
  ["private", "CreateTrainingJob", {}, "explicitDeny"],
  ["private", "CreateTrainingJob", { ...training, "sagemaker:VpcSubnets": [] }, "explicitDeny"],
  ["private", "CreateTrainingJob", { ...training, "sagemaker:VpcSubnets": ["subnet-a", "subnet-x"] }, "explicitDeny"],
  ["private", "CreateTrainingJob", { ...training, "sagemaker:VpcSubnets": ["subnet-b"] }, "allow"],
  ["private", "CreateTrainingJob", { ...training, "sagemaker:VpcSecurityGroupIds": ["sg-x"] }, "explicitDeny"],
  ["private", "CreateTrainingJob", { ...vpc, "sagemaker:InterContainerTrafficEncryption": true }, "explicitDeny"],
  ["private", "CreateTrainingJob", { ...training, "sagemaker:NetworkIsolation": false }, "explicitDeny"],
  ["private", "CreateTrainingJob", { ...training, "sagemaker:InterContainerTrafficEncryption": false }, "explicitDeny"],
  ["private", "CreateTrainingJob", { ...training, "sagemaker:EnableRemoteDebug": true }, "explicitDeny"],
  ["private", "CreateTrainingJob", { ...training, "sagemaker:EnableRemoteDebug": false }, "allow"],
  ["private", "CreateTrainingJob", { ...training, "aws:SourceVpce": "vpce-x" }, "explicitDeny"],
  ["private", "CreateTrainingJob", { ...training, "aws:SourceVpce": "vpce-x", "aws:ViaAWSService": true }, "allow"],
  ["private", "UpdateTrainingJob", { ...through, "sagemaker:EnableRemoteDebug": true }, "explicitDeny"],
  ["private", "UpdateTrainingJob", through, "allow"],
  ["private", "CreateHyperParameterTuningJob", training, "allow"],
  ["private", "CreateHyperParameterTuningJob", isolated, "explicitDeny"],
  ["private", "CreateProcessingJob", training, "allow"],
  ["private", "CreateProcessingJob", { ...training, "sagemaker:VpcSecurityGroupIds": [] }, "explicitDeny"],
  ["private", "CreateModel", isolated, "allow"],
  ["private", "CreateModel", vpc, "explicitDeny"],
  ["private", "CreateEndpointConfig", isolated, "allow"],
  ["private", "CreateEndpointConfig", { ...isolated, "sagemaker:ServerlessMemorySize": 2048 }, "explicitDeny"],
  ["private", "CreateDataQualityJobDefinition", training, "allow"],
  ["private", "CreateDataQualityJobDefinition", vpc, "explicitDeny"],
  ["private", "UpdateMonitoringSchedule", vpc, "explicitDeny"],
  ["private", "CreateAutoMLJobV2", { ...vpc, "sagemaker:InterContainerTrafficEncryption": true }, "allow"],
  ["private", "CreateAutoMLJobV2", vpc, "explicitDeny"],
  ["private", "CreateCluster", vpc, "allow"],
  ["private", "CreateCluster", through, "explicitDeny"],
  ["private", "UpdateCluster", through, "allow"],
  ["private", "UpdateCluster", { ...vpc, "sagemaker:VpcSubnets": ["subnet-x"] }, "explicitDeny"],
  ["private", "CreateJob", vpc, "allow"],
  ["private", "CreateJob", through, "explicitDeny"],
  ["private", "CreateDomain", { ...vpc, "sagemaker:AppNetworkAccessType": "VpcOnly" }, "allow"],
  ["private", "CreateDomain", vpc, "explicitDeny"],
  ["private", "UpdateDomain", through, "allow"],
  ["private", "UpdateDomain", { ...through, "sagemaker:AppNetworkAccessType": "PublicInternetOnly" }, "explicitDeny"],
  ["private", "CreatePresignedNotebookInstanceUrl", through, "allow"],
  ["private", "CreatePresignedNotebookInstanceUrl", {}, "explicitDeny"],
  ["private", "CreatePresignedDomainUrl", { "aws:SourceVpce": "vpce-x" }, "explicitDeny"],
  ["private", "InvokeEndpoint", {}, "explicitDeny"],
  ["private", "InvokeEndpoint", through, "allow"],
  ["private", "ListModels", through, "allow"],
  // No condition key sees these: the policy must let them pass, and says so in its gaps.
  ["private", "CreateCompilationJob", through, "allow"],
  ["private", "CreateTransformJob", through, "allow"],
  ["baseline", "CreateNotebookInstance", notebook, "allow"],
  ["baseline", "CreateNotebookInstance", {}, "explicitDeny"],
  ["baseline", "CreateNotebookInstance", { ...notebook, "sagemaker:DirectInternetAccess": "Enabled" }, "explicitDeny"],
  ["baseline", "CreateNotebookInstance", { ...notebook, "sagemaker:RootAccess": "Enabled" }, "explicitDeny"],
  [
    "baseline",
    "CreateNotebookInstance",
    { ...notebook, "sagemaker:MinimumInstanceMetadataServiceVersion": "1" },
    "explicitDeny",
  ],
  ["baseline", "CreateNotebookInstance", { ...notebook, "sagemaker:VpcSubnets": ["subnet-x"] }, "explicitDeny"],
  ["baseline", "UpdateNotebookInstance", {}, "allow"],
  ["baseline", "UpdateNotebookInstance", { "sagemaker:RootAccess": "Enabled" }, "explicitDeny"],
  ["baseline", "CreateTrainingJob", {}, "allow"],
  ["baseline", "CreateTrainingJob", { "sagemaker:VpcSubnets": ["subnet-x"] }, "explicitDeny"],
  ["baseline", "InvokeEndpoint", {}, "allow"],
  ["locked", "CreateTrainingJob", { ...training, ...keys, ...m5 }, "allow"],
  ["locked", "CreateTrainingJob", { ...training, ...m5 }, "explicitDeny"],
  [
    "locked",
    "CreateTrainingJob",
    { ...training, ...keys, "sagemaker:VolumeKmsKeyArn": [], "sagemaker:InstanceTypes": ["ml.p5.48xlarge"] },
    "allow",
  ],
  [
    "locked",
    "CreateTrainingJob",
    { ...training, ...keys, "sagemaker:VolumeKmsKeyArn": [], "sagemaker:InstanceTypes": ["ml.m5d.4xlarge"] },
    "allow",
  ],
  ["locked", "CreateTrainingJob", { ...training, ...keys, "sagemaker:VolumeKmsKeyArn": [], ...m5 }, "explicitDeny"],
  ["locked", "CreateNotebookInstance", { ...notebook, ...keys }, "allow"],
  ["locked", "CreateNotebookInstance", notebook, "explicitDeny"],
  ["locked", "CreateSpace", { ...through, "sagemaker:RemoteAccess": "ENABLED" }, "explicitDeny"],
  ["locked", "CreateSpace", through, "allow"],
  ["locked", "CreateFeatureGroup", { ...through, "sagemaker:FeatureGroupOfflineStoreConfig": true }, "explicitDeny"],
  [
    "locked",
    "CreateFeatureGroup",
    {
      ...through,
      "sagemaker:FeatureGroupEnableOnlineStore": true,
      "sagemaker:FeatureGroupOnlineStoreKmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/1",
    },
    "allow",
  ],
];

describe("what the emitted policies decide", () => {
  it.each(rows)("%s: %s %j is %s", (posture, operation, context, decision) => {
    const ask = (policies: Parameters<typeof evaluate>[0]["policies"]): PolicyDecision =>
      evaluate({
        policies,
        action: `sagemaker:${operation}`,
        resource: "arn:aws:sagemaker:eu-west-1:111122223333:x/y",
        context,
      });
    const topics = [...new Set(guards[posture].posture.rules.map(({ topic }) => topic))];
    const half = Math.ceil(topics.length / 2);
    // IAM holds no rule of the first posture in the second half.
    const parts = posture === "baseline" ? [topics] : [topics.slice(0, half), topics.slice(half)];
    expect(ask([everything, ...guards[posture].toIamPolicies()])).toBe(decision);
    expect(ask([everything, ...parts.map((part) => guards[posture].toScp({ topics: part }))])).toBe(decision);
    expect(ask([guards[posture].toEndpointPolicy()])).toBe(decision);
  });

  it.each(rows)("a session policy, %s: %s %j is %s", (posture, operation, context, decision) => {
    const ask = (actions: readonly string[]): PolicyDecision =>
      evaluate({
        policies: [guards[posture].toSessionPolicy({ actions, resources: ["arn:aws:sagemaker:*:*:*"] })],
        action: `sagemaker:${operation}`,
        resource: "arn:aws:sagemaker:eu-west-1:111122223333:x/y",
        context,
      }) === "allow"
        ? "allow"
        : "explicitDeny";
    expect(ask([`sagemaker:${operation}`])).toBe(decision);
    expect(ask([`SageMaker:${operation.toLowerCase()}`])).toBe(decision);
    expect(ask(["s3:GetObject"])).toBe("explicitDeny");
  });

  // Patterns are held by a Deny each, which is longer: the locked ones do not fit a session policy.
  it.each(rows.filter(([posture]) => posture !== "locked"))(
    "a session policy that allows by pattern, %s: %s %j is %s",
    (posture, operation, context, decision) => {
      const ask = (actions: readonly string[]): PolicyDecision =>
        evaluate({
          policies: [guards[posture].toSessionPolicy({ actions, resources: ["arn:aws:sagemaker:*:*:*"] })],
          action: `sagemaker:${operation}`,
          resource: "arn:aws:sagemaker:eu-west-1:111122223333:x/y",
          context,
        });
      expect(ask([`sagemaker:?${operation.slice(1)}`, "s3:GetObject"])).toBe(decision);
      expect(ask([`sagemaker:*${operation.slice(3)}`, `sagemaker:${operation}`])).toBe(decision);
    },
  );
});
