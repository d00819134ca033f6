import type { Network } from "@countersign/guard";
import { type OptionSpecs, type OptionValues, text, texts } from "../command.ts";

/** What requests may name. Without these options any subnet, group and endpoint is allowed. */
export const NETWORK_OPTIONS: OptionSpecs = {
  vpc: { type: "string", value: "ID", help: "the VPC that requests may name" },
  subnet: { type: "string", multiple: true, value: "ID", help: "a subnet that requests may name; may be repeated" },
  "security-group": {
    type: "string",
    multiple: true,
    value: "ID",
    help: "a security group that requests may name; may be repeated",
  },
  "vpc-endpoint": {
    type: "string",
    multiple: true,
    value: "ID",
    help: "an interface endpoint that calls must use; may be repeated",
  },
};

export function readNetwork(options: OptionValues): Network {
  const vpcId = text(options, "vpc");
  const listed = (name: string): readonly string[] | undefined => {
    const ids = texts(options, name);
    return ids.length === 0 ? undefined : ids;
  };
  return {
    ...(vpcId !== undefined && { vpcId }),
    subnets: listed("subnet"),
    securityGroupIds: listed("security-group"),
    vpcEndpoints: listed("vpc-endpoint"),
  };
}
