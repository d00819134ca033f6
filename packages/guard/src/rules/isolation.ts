import { member } from "../evaluate/pointer.ts";
import type { Context, Rule } from "./rule.ts";
import { isText, isVpcConfig } from "./vpc-config.ts";

const page = "https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html";

const monitoringDefinitions = [
  "CreateDataQualityJobDefinition",
  "CreateModelBiasJobDefinition",
  "CreateModelExplainabilityJobDefinition",
  "CreateModelQualityJobDefinition",
];

const isolatable = [
  "CreateTrainingJob",
  "CreateHyperParameterTuningJob",
  "CreateModel",
  "CreateEndpointConfig",
  "CreateProcessingJob",
  ...monitoringDefinitions,
  "CreateMonitoringSchedule",
  "UpdateMonitoringSchedule",
];

/**
 * The accounts of AWS that publish the Clarify image. An image of that name in another account is not Clarify.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-container.html
 */
const clarifyAccounts: ReadonlySet<string> = new Set(
  (
    "007051062584 017069133835 098760798382 122526803553 122578899357 131013547314 205585389593 211330385671 " +
    "263625296855 306415355426 341593696636 364406365360 377024640650 440796970383 452307495513 520018980103 " +
    "598674086554 638885417683 675030665977 740489534195 763603941244 811711786498 834264404009 835444307964"
  ).split(" "),
);
const clarify = /^(\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/sagemaker-clarify-processing[:@]/;

/** Repositories of containers that need the network: the page names Chainer and Reinforcement Learning. */
const needsNetwork = /\/sagemaker-(?:chainer|rl-[a-z0-9-]+)[:@]/;

/**
 * Jobs that always run Clarify. They call a shadow endpoint, which network isolation forbids.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-bias-drift-schedule.html
 */
const clarifyDefinitions: readonly string[] = [
  "CreateModelBiasJobDefinition",
  "CreateModelExplainabilityJobDefinition",
];

/** Operations that run Clarify when they name its image. */
const mayRunClarify = ["CreateProcessingJob", "CreateMonitoringSchedule", "UpdateMonitoringSchedule"];

const isolated = (context: Context): boolean => context.read("isolation").includes(true);
const matches = (pattern: RegExp, image: unknown): boolean => typeof image === "string" && pattern.test(`${image}:`);

function runsClarify(context: Context): boolean {
  return context.read("image").some((image) => {
    const account = typeof image === "string" ? clarify.exec(image)?.[1] : undefined;
    return account !== undefined && clarifyAccounts.has(account);
  });
}

/**
 * The network of an endpoint configuration is used by inference components alone. A variant that names a model runs in the
 * network of the model.
 */
export function namesModelsOnly({ action, input }: Context): boolean {
  if (action !== "CreateEndpointConfig") return false;
  const variants = [member(input, "ProductionVariants"), member(input, "ShadowProductionVariants")]
    .flat()
    .filter((variant) => variant !== undefined);
  return variants.length > 0 && variants.every((variant) => isText(member(variant, "ModelName")));
}

/** "Training and Inference Containers Run in Internet-Free Mode", and the features that conflict with it. */
export const isolationRules: readonly Rule[] = [
  {
    id: "container-internet",
    topic: "internet-free",
    posture: "baseline",
    severity: "high",
    actions: isolatable,
    pointer: "vpc",
    holds: (value, context) => isVpcConfig(value) || isolated(context) || namesModelsOnly(context),
    message: "The container has neither a VPC nor network isolation: it runs with internet access",
    fix: "Set VpcConfig, or EnableNetworkIsolation to true, or both.",
    references: [page],
    policy: { unheld: "A policy cannot demand one of two settings: a Deny for each would forbid the other." },
  },
  {
    id: "network-isolation",
    topic: "internet-free",
    posture: "private",
    severity: "high",
    actions: isolatable.filter((action) => !clarifyDefinitions.includes(action)),
    pointer: "isolation",
    holds: (value, context) =>
      value === true || namesModelsOnly(context) || (mayRunClarify.includes(context.action) && runsClarify(context)),
    message: "The container may make outbound calls (network isolation is off by default)",
    fix: "Set EnableNetworkIsolation to true. SageMaker still moves data and images for the container.",
    references: [
      page,
      "Security Hub SageMaker.5",
      "Security Hub SageMaker.11",
      "Security Hub SageMaker.14",
      "Security Hub SageMaker.25",
      "AWS Config sagemaker-model-isolation-enabled",
      "AWS Config sagemaker-data-quality-job-isolation",
      "AWS Config sagemaker-monitoring-schedule-isolation",
      "AWS Config sagemaker-model-quality-job-definition-isolation",
      "Checkov CKV_AWS_370",
      "Prowler sagemaker_models_network_isolation_enabled",
      "Prowler sagemaker_training_jobs_network_isolation_enabled",
    ],
    policy: {
      conditions: () => [{ operator: "Bool", key: "sagemaker:NetworkIsolation", values: ["true"] }],
      stricter:
        "No key shows the image or the models of variants: the policy also refuses Clarify jobs and endpoint configurations that only name models.",
    },
  },
  {
    id: "isolation-clarify",
    topic: "internet-free",
    posture: "baseline",
    severity: "low",
    actions: [...mayRunClarify, ...clarifyDefinitions],
    pointer: "isolation",
    holds: (value, context) => value !== true || !(clarifyDefinitions.includes(context.action) || runsClarify(context)),
    message: "A Clarify job must reach its shadow endpoint, which network isolation forbids",
    fix: "Leave EnableNetworkIsolation out and set NetworkConfig.VpcConfig.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-vpc.html", page],
    policy: { unheld: "No condition key shows the image." },
  },
  {
    id: "isolation-debugger",
    topic: "internet-free",
    posture: "baseline",
    severity: "low",
    actions: ["CreateTrainingJob"],
    pointer: "/DebugRuleConfigurations/*/RuleParameters?/action_json?",
    holds: (_, context) => !isolated(context),
    message: "A built-in action of the Debugger needs the internet, which network isolation forbids",
    fix: "Remove the action from the rule's parameters, or act on the rule's status from outside.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-actions.html", page],
    policy: { unheld: "No condition key shows the rules of the Debugger." },
  },
  {
    id: "isolation-container",
    topic: "internet-free",
    posture: "baseline",
    severity: "low",
    actions: ["CreateTrainingJob", "CreateHyperParameterTuningJob", "CreateModel"],
    pointer: "image",
    holds: (value, context) => !isolated(context) || !matches(needsNetwork, value),
    judgesGivenOnly: true,
    message: "Chainer and Reinforcement Learning containers do not support network isolation",
    fix: "Use another container, or leave EnableNetworkIsolation out and set VpcConfig.",
    references: [page],
    policy: { unheld: "No condition key shows the image." },
  },
  {
    id: "isolation-ssm",
    topic: "internet-free",
    posture: "baseline",
    severity: "low",
    actions: ["CreateEndpointConfig"],
    pointer: ["/ProductionVariants/*/EnableSSMAccess?", "/ShadowProductionVariants/*/EnableSSMAccess?"],
    holds: (value, context) => value === false || !(isolated(context) || modelIsolated(context)),
    needs: ["models"],
    message: "An SSM session cannot start in an isolated container",
    fix: "Leave EnableSSMAccess out.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/ssm-access.html", page],
    policy: { unheld: "No condition key shows SSM access." },
  },
  {
    id: "serverless-network",
    topic: "internet-free",
    posture: "baseline",
    severity: "low",
    actions: ["CreateEndpointConfig"],
    pointer: ["/ProductionVariants/*/ServerlessConfig?", "/ShadowProductionVariants/*/ServerlessConfig?"],
    holds: (_, context) =>
      !isolated(context) && context.read("vpc").length === 0 && !modelIsolated(context) && !modelInVpc(context),
    needs: ["models"],
    message: "Serverless inference supports neither a VPC nor network isolation",
    fix: "Use an instance-based variant: InstanceType and InitialInstanceCount instead of ServerlessConfig.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html", page],
    policy: { unheld: "No condition key shows the network of the model of a variant." },
  },
  {
    id: "serverless",
    topic: "internet-free",
    posture: "private",
    severity: "high",
    actions: ["CreateEndpointConfig"],
    pointer: ["/ProductionVariants/*/ServerlessConfig?", "/ShadowProductionVariants/*/ServerlessConfig?"],
    holds: () => false,
    message: "A serverless variant runs outside your VPC and cannot be isolated",
    fix: "Use an instance-based variant: InstanceType and InitialInstanceCount instead of ServerlessConfig.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html", page],
    policy: {
      conditions: () => [
        { operator: "Null", key: "sagemaker:ServerlessMaxConcurrency", values: ["true"] },
        { operator: "Null", key: "sagemaker:ServerlessMemorySize", values: ["true"] },
      ],
    },
  },
];

function variantModel(context: Context): unknown {
  const name = member(context.up(1), "ModelName");
  return typeof name === "string" ? member(context.facts.models, name) : undefined;
}

function modelIsolated(context: Context): boolean {
  return member(variantModel(context), "EnableNetworkIsolation") === true;
}

function modelInVpc(context: Context): boolean {
  return member(variantModel(context), "VpcConfig") !== undefined;
}
