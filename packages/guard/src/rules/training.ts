import { parseJson } from "../call/json.ts";
import { pipelineSteps } from "../call/pipeline-steps.ts";
import { member } from "../evaluate/pointer.ts";
import type { Context, Rule } from "./rule.ts";
import { hasFabric, severalInstances } from "./instances.ts";
import { isText, isVpcConfig, vpcPresent } from "./vpc-config.ts";
import { groupsAllowed, subnetsAllowed } from "./network.ts";

const page = "https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html";

const trainingJobs = ["CreateTrainingJob", "CreateHyperParameterTuningJob"];
const autoMl = ["CreateAutoMLJob", "CreateAutoMLJobV2"];

/** "Give SageMaker Training Jobs Access to Resources in Your Amazon VPC", and similar jobs. */
export const trainingRules: readonly Rule[] = [
  {
    id: "training-vpc",
    topic: "training-vpc",
    posture: "private",
    severity: "high",
    actions: [
      ...trainingJobs,
      ...autoMl,
      "CreateCompilationJob",
      "CreateOptimizationJob",
      "CreateInferenceRecommendationsJob",
      "CreateAIBenchmarkJob",
      "CreateLabelingJob",
      "CreateCluster",
      "UpdateCluster",
    ],
    pointer: "vpc",
    holds: isVpcConfig,
    message: "The job does not run in your VPC",
    fix: "Set VpcConfig with Subnets and SecurityGroupIds; the subnets need an S3 gateway endpoint.",
    references: [page, "Prowler sagemaker_training_jobs_vpc_settings_configured"],
    policy: {
      conditions: (_, action) =>
        // An update names a VPC only to override that of the cluster.
        action === "UpdateCluster" ? [] : vpcPresent,
      without: "An update without a VPC keeps that of the cluster, so no key can be demanded of it.",
      looser:
        "The keys show the values of all definitions or instance groups together, so one without a VPC is not seen beside another.",
      stricter: "No condition key shows that a request runs nothing, such as a tuning job without definitions.",
    },
  },
  {
    id: "training-encryption",
    topic: "training-vpc",
    posture: "private",
    severity: "medium",
    actions: [...trainingJobs, ...autoMl],
    pointer: "encryption",
    holds: (value, context) => value === true || !(autoMl.includes(context.action) || severalInstances(context)),
    message: "Traffic between the job's instances is not encrypted",
    fix: "Set EnableInterContainerTrafficEncryption to true; the security group must let UDP 500 and ESP pass within itself.",
    references: [
      "https://docs.aws.amazon.com/sagemaker/latest/dg/train-encrypt.html",
      page,
      "Prowler sagemaker_training_jobs_intercontainer_encryption_enabled",
    ],
    policy: {
      conditions: () => [{ operator: "Bool", key: "sagemaker:InterContainerTrafficEncryption", values: ["true"] }],
      stricter:
        "No key shows the number of instances: the policy demands encryption for a single instance too, which costs nothing.",
    },
  },
  {
    id: "training-addresses",
    topic: "training-vpc",
    posture: "private",
    severity: "low",
    actions: [...trainingJobs, "CreateProcessingJob"],
    pointer: "vpc/Subnets",
    holds: (value, context) => {
      const free = freeAddresses(value, context);
      return free === undefined || free >= neededAddresses(context);
    },
    needs: ["subnets"],
    message: "The subnets have too few free addresses: an instance takes two, with an Elastic Fabric Adapter five",
    detail: (value, context) => `${neededAddresses(context)} needed, ${freeAddresses(value, context)} free`,
    fix: "Name larger subnets, or use fewer instances.",
    references: [page],
    policy: { unheld: "IAM does not know how many addresses a subnet has left." },
  },
  {
    id: "remote-debug",
    topic: "training-vpc",
    posture: "private",
    severity: "medium",
    actions: ["CreateTrainingJob", "UpdateTrainingJob"],
    pointer: "/RemoteDebugConfig?/EnableRemoteDebug?",
    holds: (value) => value === false,
    message: "Users can open a shell in the training container through SSM",
    fix: "Set RemoteDebugConfig.EnableRemoteDebug to false, or leave it out.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/train-remote-debugging.html"],
    policy: {
      conditions: () => [{ operator: "Bool", key: "sagemaker:EnableRemoteDebug", values: ["false"], ifPresent: true }],
    },
  },
  {
    id: "job-document",
    topic: "training-vpc",
    posture: "private",
    severity: "high",
    actions: ["CreateJob"],
    pointer: "/JobConfigDocument",
    holds: (value, context) => documentFault(value, context) === undefined,
    message: "The job's configuration document does not show that it runs in your VPC",
    detail: documentFault,
    fix: "Give the document as JSON with a VpcConfig of allowed subnets and security groups, and no EnableNetworkIsolation of false.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateJob.html"],
    policy: {
      conditions: (network) => [...vpcPresent, ...subnetsAllowed(network), ...groupsAllowed(network)],
      looser:
        "No condition key shows network isolation in the document, and the keys show the values of all its VPCs together.",
    },
  },
  {
    id: "pipeline-definition",
    topic: "training-vpc",
    posture: "baseline",
    severity: "high",
    actions: ["CreatePipeline", "UpdatePipeline"],
    pointer: "/PipelineDefinition",
    holds: (_, { action, input }) => pipelineSteps(action, input).fault === undefined,
    message: "The steps of the pipeline cannot be read from its definition",
    detail: (_, { action, input }) => pipelineSteps(action, input).fault,
    fix: "Give PipelineDefinition as JSON with steps of known types; each step is judged as the request that it sends.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-overview.html"],
    policy: { unheld: "The steps run under the pipeline's role: attach the policy to that role." },
  },
  {
    id: "workforce-network",
    topic: "training-vpc",
    posture: "private",
    severity: "medium",
    actions: ["CreateWorkforce"],
    pointer: "/WorkforceVpcConfig",
    holds: (value, { input }) =>
      isText(member(value, "VpcId")) || isNarrow(member(member(input, "SourceIpConfig"), "Cidrs")),
    message: "The labeling portal of the workforce is open to any address",
    fix: "Set WorkforceVpcConfig, or SourceIpConfig.Cidrs to the workers' own ranges.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/samurai-vpc-worker-portal.html"],
    policy: { unheld: "No condition key shows the network of a workforce." },
  },
  {
    id: "workforce-source",
    topic: "training-vpc",
    posture: "private",
    severity: "medium",
    actions: ["CreateWorkforce", "UpdateWorkforce"],
    pointer: "/SourceIpConfig?/Cidrs",
    holds: isNarrow,
    message: "The labeling portal of the workforce is opened to every address",
    fix: "Set SourceIpConfig.Cidrs to the workers' own ranges; none may be a /0.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-management-private-api.html"],
    policy: { unheld: "No condition key shows the network of a workforce." },
  },
  {
    id: "workteam-presign",
    topic: "training-vpc",
    posture: "locked",
    severity: "low",
    actions: ["CreateWorkteam", "UpdateWorkteam"],
    pointer: "/WorkerAccessConfiguration/S3Presign/IamPolicyConstraints",
    holds: (value, { action, input }) =>
      member(value, "SourceIp") === "Enabled" ||
      member(value, "VpcSourceIp") === "Enabled" ||
      (action === "UpdateWorkteam" && member(input, "WorkerAccessConfiguration") === undefined),
    message: "The presigned links to the workers' data work from any address",
    fix: 'Set SourceIp or VpcSourceIp of WorkerAccessConfiguration.S3Presign.IamPolicyConstraints to "Enabled".',
    references: ["https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_IamPolicyConstraints.html"],
    policy: { unheld: "No condition key shows the links of a work team." },
  },
];

function neededAddresses(context: Context): number {
  const perInstance = context.read("instanceType").some(hasFabric) ? 5 : 2;
  let instances = 0;
  for (const count of context.read("instanceCount")) if (typeof count === "number") instances += count;
  return perInstance * Math.max(instances, 1);
}

/** `undefined` unless the number is known for every subnet. */
function freeAddresses(subnets: unknown, { facts }: Context): number | undefined {
  if (!Array.isArray(subnets) || facts.subnetAddresses === undefined) return undefined;
  let sum = 0;
  for (const subnet of subnets) {
    const free = typeof subnet === "string" ? member(facts.subnetAddresses, subnet) : undefined;
    if (typeof free !== "number") return undefined;
    sum += free;
  }
  return sum;
}

function isNarrow(cidrs: unknown): boolean {
  return Array.isArray(cidrs) && cidrs.length > 0 && cidrs.every((cidr) => isText(cidr) && !cidr.endsWith("/0"));
}

/** Why the document does not show that the job runs in the VPC. Its schema differs by category: every level is searched. */
function documentFault(value: unknown, { network }: Context): string | undefined {
  if (typeof value !== "string") return "it is missing";
  const parsed = parseJson(value);
  if (parsed === undefined) return "it is not JSON, or names a member twice";
  const found = { vpcs: [] as unknown[], isolation: [] as unknown[] };
  const waiting: unknown[] = [parsed.value];
  while (waiting.length > 0) collect(waiting.pop());
  if (found.vpcs.length === 0) return "no VpcConfig stands in it";
  if (!found.vpcs.every(isVpcConfig)) return "a VpcConfig in it names no subnets or no security groups";
  if (found.isolation.some((flag) => flag !== true)) return "EnableNetworkIsolation is not true in it";
  for (const vpc of found.vpcs) {
    const stranger =
      (member(vpc, "Subnets") as readonly string[]).find((id) => network.subnets?.includes(id) === false) ??
      (member(vpc, "SecurityGroupIds") as readonly string[]).find(
        (id) => network.securityGroupIds?.includes(id) === false,
      );
    if (stranger !== undefined) return `${stranger.slice(0, 128)} is not allowed`;
  }
  return undefined;

  function collect(node: unknown): void {
    if (typeof node !== "object" || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      if (key === "VpcConfig") found.vpcs.push(child);
      else if (key === "EnableNetworkIsolation") found.isolation.push(child);
      waiting.push(child);
    }
  }
}
