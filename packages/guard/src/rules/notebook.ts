import { member } from "../evaluate/pointer.ts";
import type { HeldCondition, Rule } from "./rule.ts";
import { isText, isTextList } from "./vpc-config.ts";
import { inVpc, sourceGaps, sourceOf } from "./vpc-endpoint.ts";

const page = "https://docs.aws.amazon.com/sagemaker/latest/dg/appendix-notebook-and-internet-access.html";
const rootPage = "https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-root-access.html";
const studioPage = "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html";
const endpointPage = "https://docs.aws.amazon.com/sagemaker/latest/dg/notebook-interface-endpoint.html";

const remotePage = "https://docs.aws.amazon.com/sagemaker/latest/dg/remote-access.html";

/** An update may leave a field out; the value then stays as it is. */
const kept = (value: unknown, action: string): boolean => value === undefined && action.startsWith("Update");

const equals =
  (key: string, value: string) =>
  (_: unknown, action: string): readonly HeldCondition[] => [
    { operator: "StringEquals", key, values: [value], ...(action.startsWith("Update") ? { ifPresent: true } : {}) },
  ];

/** A URL or a token that gives access by itself is requested from inside the VPC. */
const requestedInVpc: Pick<Rule, "topic" | "posture" | "severity" | "pointer" | "holds" | "fix" | "policy"> = {
  topic: "notebook",
  posture: "private",
  severity: "high",
  pointer: "",
  holds: (_, { facts, network }) => facts.host !== undefined && inVpc(facts.host, network),
  fix: "Request it through the VPC interface endpoint, and attach the emitted policy, which denies any other way.",
  policy: {
    without: "The network option names neither vpcEndpoints nor vpcId, which the condition keys compare with.",
    conditions: sourceOf,
    ...sourceGaps,
  },
};

/** Notebook instances and Studio domains: "Connect a Notebook Instance to Resources in a VPC". */
export const notebookRules: readonly Rule[] = [
  {
    id: "notebook-direct-internet",
    topic: "notebook",
    posture: "baseline",
    severity: "high",
    actions: ["CreateNotebookInstance"],
    pointer: "/DirectInternetAccess",
    holds: (value) => value === "Disabled",
    message: "The notebook instance has direct internet access (the default is Enabled)",
    fix: 'Set DirectInternetAccess to "Disabled", and SubnetId, without which AWS refuses "Disabled".',
    references: [
      page,
      "Security Hub SageMaker.1",
      "AWS Config sagemaker-notebook-no-direct-internet-access",
      "Checkov CKV_AWS_122",
      "cdk-nag AwsSolutions-SM3",
      "cdk-nag HIPAA.Security-SageMakerNotebookNoDirectInternetAccess",
      "cdk-nag NIST.800.53.R4-SageMakerNotebookNoDirectInternetAccess",
      "cdk-nag NIST.800.53.R5-SageMakerNotebookNoDirectInternetAccess",
      "cdk-nag PCI.DSS.321-SageMakerNotebookNoDirectInternetAccess",
      "Prowler sagemaker_notebook_instance_without_direct_internet_access_configured",
      "Prowler sagemaker_notebook_no_direct_internet_access",
    ],
    policy: { conditions: equals("sagemaker:DirectInternetAccess", "Disabled") },
  },
  {
    id: "notebook-vpc",
    topic: "notebook",
    posture: "baseline",
    severity: "high",
    actions: ["CreateNotebookInstance"],
    pointer: "/SubnetId",
    holds: isText,
    message: "The notebook instance is not in your VPC",
    fix: "Set SubnetId and SecurityGroupIds. An existing instance cannot be moved: create a new one.",
    references: [
      page,
      "Security Hub SageMaker.2",
      "AWS Config sagemaker-notebook-instance-inside-vpc",
      "Checkov CKV_AWS_306",
      "cdk-nag AwsSolutions-SM1",
      "Prowler sagemaker_notebook_instance_vpc_settings_configured",
    ],
    policy: { conditions: () => [{ operator: "Null", key: "sagemaker:VpcSubnets", values: ["false"] }] },
  },
  {
    id: "notebook-security-groups",
    topic: "notebook",
    posture: "private",
    severity: "medium",
    actions: ["CreateNotebookInstance"],
    pointer: "/SecurityGroupIds",
    holds: isTextList,
    message: "The notebook instance names no security group",
    fix: "Set SecurityGroupIds to one to five groups of the subnet's VPC.",
    references: [page],
    policy: { conditions: () => [{ operator: "Null", key: "sagemaker:VpcSecurityGroupIds", values: ["false"] }] },
  },
  {
    id: "notebook-root-access",
    topic: "notebook",
    posture: "baseline",
    severity: "high",
    actions: ["CreateNotebookInstance", "UpdateNotebookInstance"],
    pointer: "/RootAccess",
    holds: (value, { action }) => value === "Disabled" || kept(value, action),
    message: "Users of the notebook instance have root access (the default is Enabled)",
    fix: 'Set RootAccess to "Disabled". Lifecycle configurations still run as root.',
    references: [
      rootPage,
      "Security Hub SageMaker.3",
      "AWS Config sagemaker-notebook-instance-root-access-check",
      "Checkov CKV_AWS_307",
      "Prowler sagemaker_notebook_instance_root_access_disabled",
    ],
    policy: { conditions: equals("sagemaker:RootAccess", "Disabled") },
  },
  {
    id: "notebook-imds",
    topic: "notebook",
    posture: "baseline",
    severity: "medium",
    actions: ["CreateNotebookInstance", "UpdateNotebookInstance"],
    pointer: "/InstanceMetadataServiceConfiguration/MinimumInstanceMetadataServiceVersion",
    holds: (value, { action, up }) => value === "2" || (up(1) === undefined && action.startsWith("Update")),
    message: "The notebook instance accepts version 1 of the instance metadata service",
    fix: 'Set InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion to "2".',
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-imds.html", "Checkov CKV_AWS_371"],
    policy: { conditions: equals("sagemaker:MinimumInstanceMetadataServiceVersion", "2") },
  },
  {
    id: "notebook-platform",
    topic: "notebook",
    posture: "baseline",
    severity: "medium",
    actions: ["CreateNotebookInstance", "UpdateNotebookInstance"],
    pointer: "/PlatformIdentifier?",
    holds: (value) => typeof value === "string" && /^notebook-al20(?:2[3-9]|[3-9]\d)-v\d+$/.test(value),
    message: "The notebook instance runs on a platform that AWS no longer maintains",
    fix: 'Set PlatformIdentifier to "notebook-al2023-v1", or leave it out: that is the default.',
    references: [
      "https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-al2.html",
      "Security Hub SageMaker.8",
      "AWS Config sagemaker-notebook-instance-platform-version",
    ],
    policy: { unheld: "No condition key shows the platform." },
  },
  {
    ...requestedInVpc,
    id: "presigned-url",
    actions: [
      "CreatePresignedNotebookInstanceUrl",
      "CreatePresignedDomainUrl",
      "CreatePresignedMlflowTrackingServerUrl",
      "CreatePresignedMlflowAppUrl",
      "CreatePartnerAppPresignedUrl",
      "CreateHubContentPresignedUrls",
    ],
    message: "A presigned URL gives access to everyone who has it, and this one is requested from outside the VPC",
    references: [endpointPage, page],
  },
  {
    ...requestedInVpc,
    id: "remote-session",
    actions: ["StartSession"],
    message: "A remote session opens a shell in a Studio space, and this one is requested from outside the VPC",
    references: [remotePage, "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartSession.html"],
  },
  {
    id: "domain-vpc-only",
    topic: "notebook",
    posture: "private",
    severity: "high",
    actions: ["CreateDomain", "UpdateDomain"],
    pointer: "/AppNetworkAccessType",
    holds: (value, { action }) => value === "VpcOnly" || kept(value, action),
    message: "Apps of the Studio domain reach the internet (the default is PublicInternetOnly)",
    fix: 'Set AppNetworkAccessType to "VpcOnly", with VpcId, private SubnetIds and DefaultUserSettings.SecurityGroups.',
    references: [studioPage, "AWS Config sagemaker-domain-in-vpc", "Prowler sagemaker_domain_vpc_only_enabled"],
    policy: { conditions: equals("sagemaker:AppNetworkAccessType", "VpcOnly") },
  },
  {
    id: "domain-subnets",
    topic: "notebook",
    posture: "private",
    severity: "high",
    actions: ["CreateDomain"],
    pointer: "/SubnetIds",
    holds: (value, { input }) => isTextList(value) && isText(member(input, "VpcId")),
    message: "The Studio domain names no VPC or no subnets",
    fix: "Set VpcId and SubnetIds to private subnets of your VPC.",
    references: [studioPage],
    policy: {
      conditions: () => [{ operator: "Null", key: "sagemaker:VpcSubnets", values: ["false"] }],
      looser: "No condition key shows the VPC of a domain.",
    },
  },
  {
    id: "domain-security-groups",
    topic: "notebook",
    posture: "private",
    severity: "medium",
    actions: ["CreateDomain"],
    pointer: "/DefaultUserSettings/SecurityGroups",
    holds: isTextList,
    message: "The Studio domain names no security group, which VpcOnly needs",
    fix: "Set DefaultUserSettings.SecurityGroups to groups that let the apps reach EFS (TCP 2049) and each other.",
    references: [studioPage],
    policy: {
      conditions: () => [{ operator: "Null", key: "sagemaker:VpcSecurityGroupIds", values: ["false"] }],
      looser: "The key shows the groups of all settings of a domain together.",
    },
  },
  {
    id: "space-remote-access",
    topic: "notebook",
    posture: "locked",
    severity: "medium",
    actions: ["CreateSpace", "UpdateSpace"],
    pointer: "/SpaceSettings?/RemoteAccess?",
    holds: (value) => value === "DISABLED",
    message: "The Studio space accepts connections of an editor from outside the VPC",
    fix: 'Set SpaceSettings.RemoteAccess to "DISABLED", or leave it out.',
    references: [remotePage],
    policy: {
      conditions: () => [
        { operator: "StringEquals", key: "sagemaker:RemoteAccess", values: ["DISABLED"], ifPresent: true },
      ],
    },
  },
  {
    id: "docker-access",
    topic: "notebook",
    posture: "locked",
    severity: "medium",
    actions: ["CreateDomain", "UpdateDomain"],
    pointer: "docker",
    holds: (value) => value === "DISABLED",
    message: "Users of Studio may run containers of their own, which no scan has seen",
    fix: 'Set DockerSettings.EnableDockerAccess to "DISABLED", or leave it out.',
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-local.html"],
    policy: { unheld: "No condition key shows access to Docker." },
  },
];
