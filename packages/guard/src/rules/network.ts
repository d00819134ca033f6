import type { HeldCondition, Network, Rule } from "./rule.ts";
import { actionsWith } from "../api/workloads.ts";

const page = "https://docs.aws.amazon.com/sagemaker/latest/dg/infrastructure-give-access.html";

const quoted = (value: unknown): string | undefined => (typeof value === "string" ? value.slice(0, 128) : undefined);

/** IAM sees only subnets that the network option names. */
export function subnetsAllowed({ subnets: values }: Network): readonly HeldCondition[] {
  return values === undefined ? [] : [{ operator: "ForAllValues:StringEquals", key: "sagemaker:VpcSubnets", values }];
}

/** IAM sees only security groups that the network option names. */
export function groupsAllowed({ securityGroupIds: values }: Network): readonly HeldCondition[] {
  if (values === undefined) return [];
  return [{ operator: "ForAllValues:StringEquals", key: "sagemaker:VpcSecurityGroupIds", values }];
}

/** Every VPC, subnet and security group that a request names is one that the network option allows. */
export const networkRules: readonly Rule[] = [
  {
    id: "vpc-allowed",
    topic: "notebook",
    posture: "baseline",
    severity: "high",
    actions: actionsWith("vpcId"),
    pointer: "vpcId",
    holds: (value, { network }) => network.vpcId === undefined || value === network.vpcId,
    applies: ({ network }) => network.vpcId !== undefined,
    message: "The VPC is not the allowed one",
    detail: quoted,
    fix: "Name the VPC of the guard's network.vpcId, or change that option.",
    references: [page],
    policy: {
      unheld: "No condition key shows the VPC that a request names; the subnets and groups of a domain have keys.",
    },
  },
  {
    id: "subnet-allowed",
    topic: "training-vpc",
    posture: "baseline",
    severity: "high",
    actions: actionsWith("subnet"),
    pointer: "subnet",
    holds: (value, { network }) =>
      network.subnets === undefined || (typeof value === "string" && network.subnets.includes(value)),
    applies: ({ network }) => network.subnets !== undefined,
    message: "The subnet is not among the allowed ones",
    detail: quoted,
    fix: "Name a subnet of the guard's network.subnets, or add it there.",
    references: [page],
    policy: {
      conditions: subnetsAllowed,
      without: "The network option names no subnets, so the rule refuses none.",
    },
  },
  {
    id: "security-group-allowed",
    topic: "training-vpc",
    posture: "baseline",
    severity: "high",
    actions: actionsWith("securityGroup"),
    pointer: "securityGroup",
    holds: (value, { network }) =>
      network.securityGroupIds === undefined || (typeof value === "string" && network.securityGroupIds.includes(value)),
    applies: ({ network }) => network.securityGroupIds !== undefined,
    message: "The security group is not among the allowed ones",
    detail: quoted,
    fix: "Name a group of the guard's network.securityGroupIds, or add it there.",
    references: [page],
    policy: {
      conditions: groupsAllowed,
      without: "The network option names no security groups, so the rule refuses none.",
    },
  },
  {
    id: "cluster-network-interface",
    topic: "training-vpc",
    posture: "private",
    severity: "high",
    actions: ["AttachClusterNodeNetworkInterface"],
    pointer: "/NetworkInterfaceId",
    holds: (_, { network }) => network.subnets === undefined && network.securityGroupIds === undefined,
    applies: ({ network }) => network.subnets !== undefined || network.securityGroupIds !== undefined,
    message: "The request does not name the subnet and the groups of the network interface, so they may be any",
    fix: "Check the interface in EC2, and add an exception for the cluster with a reason and a date.",
    references: [
      "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AttachClusterNodeNetworkInterface.html",
    ],
    policy: { unheld: "No condition key shows the subnet of the interface." },
  },
];
