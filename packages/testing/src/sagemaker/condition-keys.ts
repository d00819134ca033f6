import type { PolicyContext } from "../iam/condition.ts";
import { text } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { isObject } from "../shapes.ts";
import { table } from "../table.ts";
import type { Input } from "../model/validate.ts";

/** Where in a request a condition key finds its values, and the operations for which SageMaker fills it. */
interface ConditionKey {
  /** How several values become one key: a list; `every`: true only where all are; `present`: whether there is a value. */
  readonly as: "list" | "one" | "every" | "present";
  /** Ends of member paths; `A.B` means a `B` directly in an `A`, at any depth; `^A` an `A` of the request itself. */
  readonly members: readonly string[];
  readonly operations: readonly string[];
}

const jobDefinitions = ["DataQuality", "ModelBias", "ModelExplainability", "ModelQuality"].map(
  (kind) => `Create${kind}JobDefinition`,
);
const schedules = ["CreateMonitoringSchedule", "UpdateMonitoringSchedule"];
const autoMl = ["CreateAutoMLJob", "CreateAutoMLJobV2"];
const jobs = ["CreateTrainingJob", "CreateHyperParameterTuningJob", "CreateProcessingJob"];
const inVpc = [
  ...autoMl,
  ...jobDefinitions,
  ...schedules,
  ...jobs,
  "CreateCluster",
  "CreateDomain",
  "CreateEndpointConfig",
  "CreateJob",
  "CreateModel",
  "CreateNotebookInstance",
  "UpdateCluster",
  "UpdateDomain",
];
const notebooks = ["CreateNotebookInstance", "UpdateNotebookInstance"];
const withVolumes = [
  ...autoMl,
  ...jobDefinitions,
  ...schedules,
  ...jobs,
  "CreateDomain",
  "CreateEndpointConfig",
  "CreateLabelingJob",
  "CreateNotebookInstance",
  "CreateTransformJob",
];

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html#amazonsagemaker-policy-keys */
const keys = table<ConditionKey>({
  "sagemaker:VpcSubnets": {
    as: "list",
    members: ["VpcConfig.Subnets", "OverrideVpcConfig.Subnets", "^SubnetId", "^SubnetIds"],
    operations: inVpc,
  },
  "sagemaker:VpcSecurityGroupIds": {
    as: "list",
    members: [
      "VpcConfig.SecurityGroupIds",
      "OverrideVpcConfig.SecurityGroupIds",
      "^SecurityGroupIds",
      "DefaultUserSettings.SecurityGroups",
      "DefaultSpaceSettings.SecurityGroups",
      "UserSettings.SecurityGroups",
      "DomainSettings.SecurityGroupIds",
      "DomainSettingsForUpdate.SecurityGroupIds",
    ],
    operations: [...inVpc, "CreateUserProfile", "UpdateUserProfile"],
  },
  "sagemaker:NetworkIsolation": {
    as: "every",
    members: ["EnableNetworkIsolation"],
    operations: [...jobs, ...jobDefinitions, ...schedules, "CreateModel", "CreateEndpointConfig"],
  },
  "sagemaker:InterContainerTrafficEncryption": {
    as: "every",
    members: ["EnableInterContainerTrafficEncryption"],
    operations: [...jobs, ...jobDefinitions, ...schedules, ...autoMl],
  },
  "sagemaker:DirectInternetAccess": {
    as: "one",
    members: ["^DirectInternetAccess"],
    operations: ["CreateNotebookInstance"],
  },
  "sagemaker:RootAccess": { as: "one", members: ["^RootAccess"], operations: notebooks },
  "sagemaker:MinimumInstanceMetadataServiceVersion": {
    as: "one",
    members: ["InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion"],
    operations: notebooks,
  },
  "sagemaker:AppNetworkAccessType": {
    as: "one",
    members: ["^AppNetworkAccessType"],
    operations: ["CreateDomain", "UpdateDomain"],
  },
  "sagemaker:EnableRemoteDebug": {
    as: "one",
    members: ["RemoteDebugConfig.EnableRemoteDebug"],
    operations: ["CreateTrainingJob", "UpdateTrainingJob"],
  },
  "sagemaker:VolumeKmsKeyArn": {
    as: "list",
    members: ["VolumeKmsKeyId", "^KmsKeyId"],
    operations: withVolumes,
  },
  "sagemaker:OutputKmsKeyArn": {
    as: "list",
    members: [
      "OutputDataConfig.KmsKeyId",
      "ProcessingOutputConfig.KmsKeyId",
      "MonitoringOutputConfig.KmsKeyId",
      "TransformOutput.KmsKeyId",
      "OutputConfig.KmsKeyId",
      "DataQualityJobOutputConfig.KmsKeyId",
      "ModelBiasJobOutputConfig.KmsKeyId",
      "ModelExplainabilityJobOutputConfig.KmsKeyId",
      "ModelQualityJobOutputConfig.KmsKeyId",
    ],
    operations: [...autoMl, ...jobs, ...jobDefinitions, ...schedules, "CreateLabelingJob", "CreateTransformJob"],
  },
  "sagemaker:RemoteAccess": {
    as: "one",
    members: ["SpaceSettings.RemoteAccess"],
    operations: ["CreateSpace", "UpdateSpace"],
  },
  "sagemaker:ServerlessMaxConcurrency": {
    as: "list",
    members: ["ServerlessConfig.MaxConcurrency"],
    operations: ["CreateEndpointConfig"],
  },
  "sagemaker:ServerlessMemorySize": {
    as: "list",
    members: ["ServerlessConfig.MemorySizeInMB"],
    operations: ["CreateEndpointConfig"],
  },
  "sagemaker:FeatureGroupOfflineStoreConfig": {
    as: "present",
    members: ["^OfflineStoreConfig"],
    operations: ["CreateFeatureGroup"],
  },
  "sagemaker:FeatureGroupEnableOnlineStore": {
    as: "one",
    members: ["OnlineStoreConfig.EnableOnlineStore"],
    operations: ["CreateFeatureGroup"],
  },
  "sagemaker:FeatureGroupOfflineStoreKmsKeyArn": {
    as: "list",
    members: ["S3StorageConfig.KmsKeyId"],
    operations: ["CreateFeatureGroup"],
  },
  "sagemaker:FeatureGroupOnlineStoreKmsKeyArn": {
    as: "list",
    members: ["SecurityConfig.KmsKeyId"],
    operations: ["CreateFeatureGroup"],
  },
  "sagemaker:InstanceTypes": {
    as: "list",
    members: ["InstanceType"],
    operations: [...jobs, ...jobDefinitions, ...schedules, ...notebooks, "CreateEndpointConfig", "CreateTransformJob"],
  },
});

/**
 * The values of SageMaker's condition keys for a request: what IAM policies of the network posture are written
 * against. A key whose member the request leaves out is absent.
 *
 * @param operation such as `CreateTrainingJob`.
 * @param input the request as sent.
 *
 * @example
 * const context = conditionKeys("CreateModel", { ModelName: "m", EnableNetworkIsolation: true });
 */
export function conditionKeys(operation: string, input: Readonly<Record<string, unknown>>): PolicyContext {
  text(operation, "operation", refuseOption);
  if (!isObject(input)) refuseOption("input: must be an object");
  const known = operation === "CreateJob" ? { ...input, ...jobDocument(input) } : input;
  const context: Record<string, string | boolean | readonly string[]> = {};
  for (const [name, key] of Object.entries(keys)) {
    if (key?.operations.includes(operation) !== true) continue;
    const values = key.members.flatMap((member) => valuesAt(known, member.split(".")));
    if (key.as === "present") context[name] = values.length > 0;
    if (values.length === 0 || key.as === "present") continue;
    if (key.as === "every") context[name] = holders(input) <= values.length && values.every((value) => value === true);
    else context[name] = key.as === "one" ? String(values[0]) : values.map(String);
  }
  return { ...context, ...requestTags(input) };
}

/** `CreateJob` takes its configuration as JSON: the keys see what is in it. */
function jobDocument(input: Input): Input {
  try {
    const document: unknown = JSON.parse(String(input["JobConfigDocument"]));
    return isObject(document) ? document : {};
  } catch {
    return {};
  }
}

/** All values whose path ends in these members, lists taken apart. */
function valuesAt(input: Input, path: readonly string[]): readonly unknown[] {
  const [first = "", ...rest] = path;
  if (first.startsWith("^")) return entriesOf(input[first.slice(1)]);
  const found: unknown[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (typeof value !== "object" || value === null) return;
    for (const [member, inner] of Object.entries(value)) {
      if (member === first)
        found.push(...(rest.length === 0 ? entriesOf(inner) : entriesOf((inner as Input | null)?.[rest[0] ?? ""])));
      walk(inner);
    }
  };
  walk(input);
  return found;
}

function entriesOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** A tuning job holds its switches once per training job definition; one that leaves them out leaves them off. */
function holders(input: Input): number {
  const definitions = input["TrainingJobDefinitions"];
  return Array.isArray(definitions) ? definitions.length : 1;
}

function requestTags(input: Input): PolicyContext {
  const tags = Array.isArray(input["Tags"]) ? (input["Tags"] as readonly Input[]) : [];
  if (tags.length === 0) return {};
  return {
    "aws:TagKeys": tags.map((tag) => String(tag["Key"])),
    ...Object.fromEntries(tags.map((tag) => [`aws:RequestTag/${String(tag["Key"])}`, String(tag["Value"])])),
  };
}
