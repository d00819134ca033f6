import type { HostFacts } from "../facts.ts";
import type { HeldCondition, Network, Rule } from "./rule.ts";

const page = "https://docs.aws.amazon.com/sagemaker/latest/dg/interface-vpc-endpoint.html";

/** `vpce-0abc-12xyz.api.sagemaker…` is the endpoint `vpce-0abc`, in any zone. */
function isAllowed(host: string, endpoints: readonly string[]): boolean {
  const label = host.split(".", 1)[0] ?? "";
  return endpoints.some((id) => label === id || label.startsWith(`${id}-`));
}

/** The host is an allowed endpoint, or resolves privately. */
export function inVpc(host: HostFacts, network: Network): boolean {
  if (!host.vpcEndpoint) return host.private === true;
  return network.vpcEndpoints === undefined || isAllowed(host.name, network.vpcEndpoints);
}

/** The endpoints, or the VPC, that a call must come through. Calls that AWS makes on behalf of a caller are excepted. */
export function sourceOf({ vpcEndpoints, vpcId }: Network): readonly HeldCondition[] {
  const when = { BoolIfExists: { "aws:ViaAWSService": "false" } };
  if (vpcEndpoints !== undefined)
    return [{ operator: "StringEquals", key: "aws:SourceVpce", values: vpcEndpoints, when }];
  if (vpcId !== undefined) return [{ operator: "StringEquals", key: "aws:SourceVpc", values: [vpcId], when }];
  return [];
}

/** How `sourceOf` differs from what the guard sees of a connection. */
export const sourceGaps = {
  looser:
    "The policy lets calls pass that an AWS service makes for a caller. It reads the network and not the host, so it also takes a request for which the guard is told no host.",
  stricter:
    "The policy takes only the VPC or the endpoints that the network option names. The guard does not know to which of them a private address leads, and with vpcId alone it takes every VPC endpoint.",
} as const;

/** "Connect to SageMaker Through a VPC Interface Endpoint". */
export const vpcEndpointRules: readonly Rule[] = [
  {
    id: "vpc-endpoint",
    topic: "vpc-endpoint",
    posture: "private",
    severity: "high",
    actions: ["*"],
    pointer: "",
    holds: (_, { facts, network }) => facts.host === undefined || inVpc(facts.host, network),
    message: "The request leaves the VPC: its host is not an allowed VPC interface endpoint",
    detail: (_, { facts }) => facts.host?.name,
    fix: "Send it to the endpoint's own name (vpce-…), or to the public name where private DNS resolves it to the endpoint.",
    references: [page],
    policy: {
      without: "The network option names neither vpcEndpoints nor vpcId, which the condition keys compare with.",
      conditions: sourceOf,
      ...sourceGaps,
    },
  },
  {
    id: "vpc-endpoint-policy",
    topic: "vpc-endpoint",
    posture: "locked",
    severity: "low",
    actions: ["InvokeEndpoint", "InvokeEndpointAsync", "InvokeEndpointWithResponseStream"],
    pointer: "",
    holds: (_, { facts }) =>
      facts.host === undefined ||
      !/(?:^|\.)(?:runtime-fips\.sagemaker|runtime\.sagemaker-fips)\./.test(facts.host.name),
    message: "The FIPS runtime endpoint cannot have an endpoint policy for InvokeEndpoint",
    fix: "Use the runtime endpoint without FIPS, or attach the emitted IAM policy to the callers and add an exception.",
    references: [page],
    policy: { unheld: "The rule is about an endpoint that cannot have a policy." },
  },
];
