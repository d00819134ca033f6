import { member } from "../evaluate/pointer.ts";
import type { Context, Rule } from "./rule.ts";
import { namesModelsOnly } from "./isolation.ts";
import { publicFault } from "./resource-policy.ts";
import { isTextList, isVpcConfig, vpcPresent } from "./vpc-config.ts";

const page = "https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html";
const registryPage =
  "https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-containers-inference-private.html";

/** "Give SageMaker Hosted Endpoints Access to Resources in Your Amazon VPC". */
export const hostingRules: readonly Rule[] = [
  {
    id: "model-vpc",
    topic: "hosting-vpc",
    posture: "private",
    severity: "high",
    actions: ["CreateModel"],
    pointer: "vpc",
    holds: isVpcConfig,
    message: "The model's containers do not run in your VPC",
    fix: "Set VpcConfig with SecurityGroupIds and at least two Subnets in different zones.",
    references: [page, "AWS Config sagemaker-model-in-vpc", "Prowler sagemaker_models_vpc_settings_configured"],
    policy: { conditions: () => vpcPresent },
  },
  {
    id: "endpoint-vpc",
    topic: "hosting-vpc",
    posture: "private",
    severity: "high",
    actions: ["CreateEndpointConfig"],
    pointer: "vpc",
    holds: (value, context) => isVpcConfig(value) || (value === undefined && namesModelsOnly(context)),
    message: "The inference components of the endpoint do not run in your VPC",
    fix: "Set VpcConfig with SecurityGroupIds and at least two Subnets in different zones.",
    references: [page],
    policy: {
      conditions: () => vpcPresent,
      stricter: "No key shows whether the variants name models, which have a VPC of their own.",
    },
  },
  {
    id: "hosting-zones",
    topic: "hosting-vpc",
    posture: "private",
    severity: "medium",
    actions: ["CreateModel", "CreateEndpointConfig"],
    pointer: "vpc/Subnets",
    holds: (value, context) => value === undefined || zoneFault(value, context) === undefined,
    needs: ["subnets"],
    message: "Hosting needs at least two subnets in different availability zones",
    detail: zoneFault,
    fix: "Name two subnets of different zones, even for a single instance.",
    references: [page],
    policy: { unheld: "IAM does not count subnets or know their zones." },
  },
  {
    id: "model-registry",
    topic: "hosting-vpc",
    posture: "locked",
    severity: "medium",
    actions: ["CreateModel"],
    pointer: ["/PrimaryContainer?/ImageConfig/RepositoryAccessMode", "/Containers/*/ImageConfig/RepositoryAccessMode"],
    // A container made from a model package names no image; the package decides the registry.
    holds: (value, { up }) => value === "Vpc" || member(up(2), "Image") === undefined,
    message: "The container's image is not pulled through your VPC",
    fix: 'Set ImageConfig.RepositoryAccessMode to "Vpc" and keep the image in a private registry reachable from the subnets.',
    references: [
      registryPage,
      "Security Hub SageMaker.16",
      "Security Hub SageMaker.19",
      "AWS Config sagemaker-model-private-registry-required",
      "AWS Config sagemaker-model-multicontainer-private-registry",
    ],
    policy: { unheld: "No condition key shows the registry." },
  },
  {
    id: "endpoint-instances",
    topic: "hosting-vpc",
    posture: "locked",
    severity: "medium",
    actions: ["CreateEndpointConfig"],
    pointer: "/ProductionVariants/*/InitialInstanceCount",
    holds: (value, { up }) =>
      (typeof value === "number" && value > 1) || member(up(1), "ServerlessConfig") !== undefined,
    message: "The variant starts with a single instance, in a single zone",
    fix: "Set InitialInstanceCount to 2 or more.",
    references: [
      "https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-best-practices.html",
      "Security Hub SageMaker.4",
      "AWS Config sagemaker-endpoint-config-prod-instance-count",
      "Prowler sagemaker_endpoint_config_prod_variant_instances",
    ],
    policy: { unheld: "No condition key shows the number of instances." },
  },
  {
    id: "endpoint-ssm",
    topic: "hosting-vpc",
    posture: "private",
    severity: "medium",
    actions: ["CreateEndpointConfig"],
    pointer: ["/ProductionVariants/*/EnableSSMAccess?", "/ShadowProductionVariants/*/EnableSSMAccess?"],
    holds: (value) => value === false,
    message: "Users can open a shell in the containers of the endpoint through SSM",
    fix: "Leave EnableSSMAccess out.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/ssm-access.html"],
    policy: { unheld: "No condition key shows SSM access." },
  },
  {
    id: "resource-policy-public",
    topic: "hosting-vpc",
    posture: "baseline",
    severity: "high",
    actions: ["PutModelPackageGroupPolicy"],
    pointer: "/ResourcePolicy",
    holds: (value) => publicFault(value) === undefined,
    message: "The resource policy opens the model packages to every account",
    detail: publicFault,
    fix: "Name the accounts in Principal, or add a condition on who calls, such as StringEquals with aws:PrincipalOrgID.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_PutModelPackageGroupPolicy.html"],
    policy: { unheld: "No condition key shows a resource policy." },
  },
];

/** Subnets of unknown zones pass: AWS itself refuses an endpoint in one zone. */
function zoneFault(subnets: unknown, { facts }: Context): string | undefined {
  if (!isTextList(subnets)) return "Subnets is not a list of ids";
  const distinct = [...new Set(subnets)];
  if (distinct.length < 2) return `${distinct.length} given`;
  const zones = distinct.map((subnet) => member(facts.subnetZones, subnet));
  if (zones.includes(undefined) || new Set(zones).size > 1) return undefined;
  return `all are in ${String(zones[0]).slice(0, 64)}`;
}
