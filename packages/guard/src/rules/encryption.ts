import { member } from "../evaluate/pointer.ts";
import type { Context, HeldCondition, Rule } from "./rule.ts";
import { actionsWith, workloads } from "../api/workloads.ts";
import { hasLocalStorage, localStorage } from "./instances.ts";
import { isText } from "./vpc-config.ts";

const page = "https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html";

const featurePage = "https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html";

/** A key that the customer manages. AWS manages those with the alias `alias/aws/…`. */
function isCustomerKey(value: unknown): boolean {
  return isText(value) && !/(?:^|:)alias\/aws\//.test(value);
}

const onLocalStorage = (context: Context): boolean => context.read("instanceType").some(hasLocalStorage);

/** Whether a setting beside the key says that there is no output: capture is off, or notebooks are shared without theirs. */
function writesNothing({ up }: Context): boolean {
  const holder = up(1);
  return member(holder, "EnableCapture") === false || member(holder, "NotebookOutputOption") === "Disabled";
}

const volumeActions = actionsWith("volumeKey");

/** Encryption at rest under your own keys: the page does not demand it, Security Hub and other tools do. */
export const encryptionRules: readonly Rule[] = [
  {
    id: "volume-key",
    topic: "encryption-at-rest",
    posture: "locked",
    severity: "medium",
    actions: volumeActions,
    pointer: "volumeKey",
    holds: (value, context) => isCustomerKey(value) || (value === undefined && onLocalStorage(context)),
    message: "The volume is not encrypted under a KMS key of yours",
    fix: "Set the volume's KMS key; leave it out only on instance types with local NVMe storage, which encrypt by themselves.",
    references: [
      page,
      "Security Hub SageMaker.21",
      "Security Hub SageMaker.23",
      "AWS Config sagemaker-notebook-instance-storage-vol-kms-encrypted",
      "AWS Config sagemaker-notebook-instance-kms-key-configured",
      "AWS Config sagemaker-endpoint-configuration-kms-key-configured",
      "AWS Config sagemaker-inf-experiment-instance-storage-kms-encrypted",
      "Checkov CKV_AWS_22",
      "Checkov CKV_AWS_98",
      "Checkov CKV_AWS_187",
      "Checkov CKV_AWS_368",
      "cdk-nag AwsSolutions-SM2",
      ...["HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321"].flatMap((pack) => [
        `cdk-nag ${pack}-SageMakerEndpointConfigurationKMSKeyConfigured`,
        `cdk-nag ${pack}-SageMakerNotebookInstanceKMSKeyConfigured`,
      ]),
      "Prowler sagemaker_notebook_instance_encryption_enabled",
      "Prowler sagemaker_training_jobs_volume_and_output_encryption_enabled",
      "Prowler sagemaker_endpoint_config_kms_encryption_enabled",
      "Prowler sagemaker_endpoint_configuration_kms_key_configured",
      "Prowler sagemaker_domain_encrypted_with_cmk",
      "Prowler sagemaker_notebook_instance_kms_key_configured",
      "Prowler sagemaker_processing_job_volume_encrypted_with_cmk",
      "Prowler sagemaker_transform_job_volume_encrypted_with_cmk",
    ],
    policy: {
      conditions: (_, action): readonly HeldCondition[] => [
        {
          operator: "Null",
          key: "sagemaker:VolumeKmsKeyArn",
          values: ["false"],
          ...(takesInstanceTypes(action)
            ? { when: { "ForAnyValue:StringNotLike": { "sagemaker:InstanceTypes": localStorage } } }
            : {}),
        },
      ],
      looser: "The condition key shows that one volume has a KMS key: not that each has one, and not whose it is.",
      stricter:
        "No condition key shows that a request has no volume, such as a labeling job without a model of its own.",
    },
  },
  {
    id: "volume-key-local-storage",
    topic: "encryption-at-rest",
    posture: "baseline",
    severity: "low",
    actions: volumeActions.filter(takesInstanceTypes),
    pointer: "volumeKey",
    holds: (value, context) => {
      if (value === undefined) return true;
      const types = context.read("instanceType");
      return types.length === 0 || !types.every(hasLocalStorage);
    },
    judgesGivenOnly: true,
    message: "AWS refuses a volume key on an instance type with local NVMe storage",
    fix: "Leave the volume's KMS key out: the instance encrypts its local storage itself.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html", page],
    policy: { unheld: "AWS refuses the request itself." },
  },
  {
    id: "output-key",
    topic: "encryption-at-rest",
    posture: "locked",
    severity: "medium",
    actions: actionsWith("outputKey"),
    pointer: "outputKey",
    holds: (value, context) => isCustomerKey(value) || (value === undefined && writesNothing(context)),
    message: "The output in S3 is not encrypted under a KMS key of yours",
    fix: "Set the output's KMS key.",
    references: [
      page,
      "Security Hub SageMaker.24",
      "AWS Config sagemaker-inf-experiment-data-storage-kms-encrypted",
      "Checkov CKV_AWS_367",
      "Checkov CKV_AWS_372",
      "Prowler sagemaker_training_jobs_volume_and_output_encryption_enabled",
    ],
    policy: {
      conditions: () => [{ operator: "Null", key: "sagemaker:OutputKmsKeyArn", values: ["false"] }],
      looser: "The condition key shows that one output has a KMS key: not that each has one, and not whose it is.",
      stricter:
        "No condition key shows that a request has no output, such as a processing job without ProcessingOutputConfig, or that its capture is off.",
    },
  },
  {
    id: "store-key",
    topic: "encryption-at-rest",
    posture: "locked",
    severity: "medium",
    actions: actionsWith("storeKey"),
    pointer: "storeKey",
    holds: isCustomerKey,
    message: "The stored data is not encrypted under a KMS key of yours",
    fix: "Set the KMS key.",
    references: [page],
    policy: { unheld: "No condition key shows this KMS key." },
  },
  {
    id: "mlflow-bucket-owner",
    topic: "encryption-at-rest",
    posture: "locked",
    severity: "low",
    actions: ["CreateMlflowTrackingServer", "UpdateMlflowTrackingServer"],
    pointer: "/S3BucketOwnerVerification",
    holds: (value, { action }) => value === true || (value === undefined && action.startsWith("Update")),
    message: "The tracking server does not check who owns the bucket of its artifacts",
    fix: "Set S3BucketOwnerVerification to true, and S3BucketOwnerAccountId for a bucket of another account.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMlflowTrackingServer.html"],
    policy: { unheld: "No condition key shows the owner of the bucket." },
  },
  {
    id: "feature-offline-key",
    topic: "encryption-at-rest",
    posture: "locked",
    severity: "medium",
    actions: ["CreateFeatureGroup"],
    pointer: "/OfflineStoreConfig?/S3StorageConfig/KmsKeyId",
    holds: isCustomerKey,
    message: "The offline store is not encrypted under a KMS key of yours",
    fix: "Set OfflineStoreConfig.S3StorageConfig.KmsKeyId.",
    references: [
      featurePage,
      "Security Hub SageMaker.17",
      "AWS Config sagemaker-featuregroup-encryption-at-rest",
      "Prowler sagemaker_feature_group_offline_store_encrypted_with_cmk",
    ],
    policy: {
      conditions: () => [
        {
          operator: "Null",
          key: "sagemaker:FeatureGroupOfflineStoreKmsKeyArn",
          values: ["false"],
          when: { Bool: { "sagemaker:FeatureGroupOfflineStoreConfig": "true" } },
        },
      ],
      looser: "The condition key does not show whose KMS key it is.",
    },
  },
  {
    id: "feature-online-key",
    topic: "encryption-at-rest",
    posture: "locked",
    severity: "medium",
    actions: ["CreateFeatureGroup"],
    pointer: "/OnlineStoreConfig?/SecurityConfig/KmsKeyId",
    holds: (value, { up }) => {
      const store = up(2);
      if (isCustomerKey(value)) return true;
      const enabled = member(store, "EnableOnlineStore") ?? false;
      return enabled === false || member(store, "StorageType") === "InMemory";
    },
    message: "The online store is not encrypted under a KMS key of yours",
    fix: "Set OnlineStoreConfig.SecurityConfig.KmsKeyId.",
    references: [featurePage, "Security Hub SageMaker.18", "AWS Config sagemaker-featuregroup-online-store-encryption"],
    policy: {
      conditions: () => [
        {
          operator: "Null",
          key: "sagemaker:FeatureGroupOnlineStoreKmsKeyArn",
          values: ["false"],
          when: { Bool: { "sagemaker:FeatureGroupEnableOnlineStore": "true" } },
        },
      ],
      looser: "The condition key does not show whose KMS key it is.",
      stricter: "No condition key shows the in-memory tier, for which the guard demands no KMS key.",
    },
  },
];

function takesInstanceTypes(action: string): boolean {
  return workloads[action]?.some((workload) => workload.instanceType !== undefined) === true;
}
