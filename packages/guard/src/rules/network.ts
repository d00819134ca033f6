import type { Rule } from "./rule.ts";
import { actionsWith } from "../api/workloads.ts";

const page = "https://docs.aws.amazon.com/sagemaker/latest/dg/infrastructure-give-access.html";

const quoted = (value: unknown): string | undefined => (typeof value === "string" ? value.slice(0, 128) : undefined);

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
      conditions: ({ subnets }) =>
        subnets === undefined
          ? []
          : [{ operator: "ForAllValues:StringEquals", key: "sagemaker:VpcSubnets", values: subnets }],
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
      conditions: ({ securityGroupIds }) =>
        securityGroupIds === undefined
          ? []
          : [{ operator: "ForAllValues:StringEquals", key: "sagemaker:VpcSecurityGroupIds", values: securityGroupIds }],
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
