import { describe, expect, it } from "vitest";
import { conditionKeys } from "../../src/index.ts";

const vpc = { Subnets: ["subnet-1", "subnet-2"], SecurityGroupIds: ["sg-1"] };

describe("conditionKeys", () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      "CreateModel",
      { VpcConfig: vpc, EnableNetworkIsolation: true },
      {
        "sagemaker:VpcSubnets": vpc.Subnets,
        "sagemaker:VpcSecurityGroupIds": ["sg-1"],
        "sagemaker:NetworkIsolation": true,
      },
    ],
    ["CreateModel", {}, {}],
    [
      "CreateProcessingJob",
      { NetworkConfig: { VpcConfig: vpc, EnableInterContainerTrafficEncryption: false } },
      {
        "sagemaker:VpcSubnets": vpc.Subnets,
        "sagemaker:VpcSecurityGroupIds": ["sg-1"],
        "sagemaker:InterContainerTrafficEncryption": false,
      },
    ],
    [
      "CreateTrainingJob",
      {
        ResourceConfig: { InstanceType: "ml.m5.xlarge", VolumeKmsKeyId: "k" },
        OutputDataConfig: { KmsKeyId: "o" },
        RemoteDebugConfig: { EnableRemoteDebug: true },
      },
      {
        "sagemaker:VolumeKmsKeyArn": ["k"],
        "sagemaker:OutputKmsKeyArn": ["o"],
        "sagemaker:InstanceTypes": ["ml.m5.xlarge"],
        "sagemaker:EnableRemoteDebug": "true",
      },
    ],
    [
      "CreateNotebookInstance",
      {
        SubnetId: "s",
        SecurityGroupIds: ["g"],
        DirectInternetAccess: "Disabled",
        RootAccess: "Disabled",
        KmsKeyId: "k",
        InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: "2" },
      },
      {
        "sagemaker:VpcSubnets": ["s"],
        "sagemaker:VpcSecurityGroupIds": ["g"],
        "sagemaker:DirectInternetAccess": "Disabled",
        "sagemaker:RootAccess": "Disabled",
        "sagemaker:VolumeKmsKeyArn": ["k"],
        "sagemaker:MinimumInstanceMetadataServiceVersion": "2",
      },
    ],
    [
      "CreateDomain",
      { SubnetIds: ["s"], AppNetworkAccessType: "VpcOnly", DefaultUserSettings: { SecurityGroups: ["g"] } },
      {
        "sagemaker:VpcSubnets": ["s"],
        "sagemaker:VpcSecurityGroupIds": ["g"],
        "sagemaker:AppNetworkAccessType": "VpcOnly",
      },
    ],
    ["CreateUserProfile", { UserSettings: { SecurityGroups: ["g"] } }, { "sagemaker:VpcSecurityGroupIds": ["g"] }],
    [
      "CreateMonitoringSchedule",
      { MonitoringScheduleConfig: { MonitoringJobDefinition: { NetworkConfig: { EnableNetworkIsolation: true } } } },
      { "sagemaker:NetworkIsolation": true },
    ],
    [
      "CreateCluster",
      { InstanceGroups: [{ OverrideVpcConfig: vpc }] },
      { "sagemaker:VpcSubnets": vpc.Subnets, "sagemaker:VpcSecurityGroupIds": ["sg-1"] },
    ],
    ["CreateCompilationJob", { VpcConfig: vpc }, {}],
    ["UpdateNotebookInstance", { RootAccess: "Enabled" }, { "sagemaker:RootAccess": "Enabled" }],
    [
      "CreateModel",
      { Tags: [{ Key: "team", Value: "blue" }] },
      { "aws:TagKeys": ["team"], "aws:RequestTag/team": "blue" },
    ],
  ])("%s %j", (operation, input, expected) => expect(conditionKeys(operation, input)).toEqual(expected));

  it("calls a tuning job isolated only when every definition is", () => {
    const isolated = { EnableNetworkIsolation: true };
    const ask = (...TrainingJobDefinitions: unknown[]) =>
      conditionKeys("CreateHyperParameterTuningJob", { TrainingJobDefinitions })["sagemaker:NetworkIsolation"];
    expect([
      ask(isolated, isolated),
      ask(isolated, {}),
      ask(isolated, { EnableNetworkIsolation: false }),
      ask({}, {}),
    ]).toEqual([true, false, false, undefined]);
  });
});
