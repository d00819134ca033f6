import type { Rule } from "./rule.ts";
import { severalInstances } from "./instances.ts";
import { isVpcConfig, vpcPresent } from "./vpc-config.ts";

const page = "https://docs.aws.amazon.com/sagemaker/latest/dg/process-vpc.html";

const monitoring = [
  "CreateDataQualityJobDefinition",
  "CreateModelBiasJobDefinition",
  "CreateModelExplainabilityJobDefinition",
  "CreateModelQualityJobDefinition",
  "CreateMonitoringSchedule",
  "UpdateMonitoringSchedule",
];

/** "Give SageMaker Processing Jobs Access to Resources in Your Amazon VPC"; monitoring runs as processing jobs too. */
export const processingRules: readonly Rule[] = [
  {
    id: "processing-vpc",
    topic: "processing-vpc",
    posture: "private",
    severity: "high",
    actions: ["CreateProcessingJob", ...monitoring],
    pointer: "vpc",
    holds: isVpcConfig,
    message: "The job does not run in your VPC",
    fix: "Set NetworkConfig.VpcConfig with Subnets and SecurityGroupIds; the subnets need an S3 gateway endpoint.",
    references: [page],
    policy: {
      conditions: () => vpcPresent,
      stricter: "No condition key shows that a schedule names a job definition, which has a network of its own.",
    },
  },
  {
    id: "processing-encryption",
    topic: "processing-vpc",
    posture: "private",
    severity: "medium",
    actions: ["CreateProcessingJob", ...monitoring],
    pointer: "encryption",
    holds: (value, context) => value === true || !severalInstances(context),
    message: "Traffic between the job's instances is not encrypted",
    fix: "Set NetworkConfig.EnableInterContainerTrafficEncryption to true; the security group must let UDP 500 and ESP pass within itself.",
    references: [
      "https://docs.aws.amazon.com/sagemaker/latest/dg/train-encrypt.html",
      page,
      "Security Hub SageMaker.9",
      "Security Hub SageMaker.10",
      "Security Hub SageMaker.13",
      "Security Hub SageMaker.15",
      "Security Hub SageMaker.22",
      "AWS Config sagemaker-data-quality-job-encrypt-in-transit",
      "AWS Config sagemaker-model-explainability-job-encrypt-in-transit",
      "AWS Config sagemaker-model-quality-job-encrypt-in-transit",
      "AWS Config sagemaker-model-bias-job-encrypt-in-transit",
      "AWS Config sagemaker-monitoring-schedule-traffic-encryption",
      "Checkov CKV_AWS_369",
    ],
    policy: {
      conditions: () => [{ operator: "Bool", key: "sagemaker:InterContainerTrafficEncryption", values: ["true"] }],
      stricter:
        "No key shows the number of instances: the policy demands encryption for a single instance too, which costs nothing.",
    },
  },
];
