import { nested, optional, type Shape, text } from "@countersign/signer/options";
import { decisions } from "../iam/authorise.ts";
import type { Service } from "../service.ts";
import { encodeMessage } from "../sts/authorization-message.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type Form, readForm } from "../wire/form.ts";
import { ec2 as ec2Protocol } from "../wire/protocol.ts";
import { type Call, callerOf } from "../world.ts";

/** A subnet of the local EC2. */
export interface SubnetSpec {
  /** Such as `subnet-0abc`. */
  readonly subnetId: string;
  /** Such as `vpc-0abc`. */
  readonly vpcId: string;
  /** Such as `us-east-1a`. */
  readonly availabilityZone: string;
  /** Default `10.0.0.0/24`. */
  readonly cidrBlock?: string | undefined;
}

/** The shape of a subnet. */
export const subnetShape: Shape = nested<SubnetSpec>({
  subnetId: text,
  vpcId: text,
  availabilityZone: text,
  cidrBlock: optional(text),
});

/** `DescribeSubnets` alone: where a VPC's subnets are. */
export function ec2(subnets: readonly SubnetSpec[]): Service {
  return {
    name: "ec2",
    signingName: "ec2",
    protocol: ec2Protocol,
    body: "buffered",
    operationOf: (head) => head.url.searchParams.get("Action") ?? undefined,
    route(request) {
      const form = readForm(request);
      if (form.action !== "DescribeSubnets") {
        throw new AwsError("InvalidAction", `The action ${form.action} is not valid for this web service.`);
      }
      return {
        name: form.action,
        input: form.all(),
        authentication: "signed",
        run(call) {
          mayDescribe(call);
          return describeSubnets(subnets, form, call);
        },
      };
    },
  };
}

/** EC2 denies with an encoded message, which `DecodeAuthorizationMessage` of STS opens for who may call it. */
function mayDescribe(call: Call): void {
  const caller = callerOf(call);
  const permission = { action: "ec2:DescribeSubnets", resource: "*" };
  const { identity, others } = decisions(caller, permission, call.origin);
  if (identity === "allow" && others === "allow") return;
  const explicit = identity === "explicitDeny" || others === "explicitDeny";
  throw new AwsError(
    "AccessDenied",
    `You are not authorized to perform this operation. User: ${caller.arn} is not authorized to perform: ${permission.action}. ` +
      `Encoded authorization failure message: ${encodeMessage(call.world, caller, permission, explicit)}`,
  );
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html */
function describeSubnets(subnets: readonly SubnetSpec[], form: Form, call: Call): unknown {
  const ids = form.list("SubnetId");
  const missing = ids.find((id) => !subnets.some(({ subnetId }) => subnetId === id));
  if (missing !== undefined) {
    throw new AwsError("InvalidSubnetID.NotFound", `The subnet ID '${missing}' does not exist`);
  }
  const filters = form.structures("Filter", ["Name"]).map(({ Name = "" }, index) => ({
    name: Name,
    values: form.list(`Filter.${index + 1}.Value`),
  }));
  const matching = subnets.filter(
    (subnet) =>
      (ids.length === 0 || ids.includes(subnet.subnetId)) &&
      filters.every(({ name, values }) => values.includes(filterValue(subnet, name))),
  );
  return {
    subnetSet: matching.map((subnet) => ({
      subnetId: subnet.subnetId,
      subnetArn: `arn:aws:ec2:${call.region}:${callerOf(call).accountId}:subnet/${subnet.subnetId}`,
      state: "available",
      vpcId: subnet.vpcId,
      cidrBlock: subnet.cidrBlock ?? "10.0.0.0/24",
      availabilityZone: subnet.availabilityZone,
      ownerId: callerOf(call).accountId,
    })),
  };
}

function filterValue(subnet: SubnetSpec, name: string): string {
  if (name === "vpc-id") return subnet.vpcId;
  if (name === "subnet-id") return subnet.subnetId;
  if (name === "availability-zone") return subnet.availabilityZone;
  throw new AwsError("InvalidParameterValue", `The filter '${name}' is invalid`);
}
