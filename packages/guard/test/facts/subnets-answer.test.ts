import { describe, expect, it } from "vitest";
import { readSubnets } from "../../src/facts/subnets-answer.ts";

const item = (id: string, zone: string, more = ""): string =>
  `<item><subnetId>${id}</subnetId><state>available</state><vpcId>vpc-1</vpcId><availabilityZone>${zone}</availabilityZone><availabilityZoneId>x</availabilityZoneId>${more}` +
  "<tagSet><item><key>Name</key><value>&lt;subnetId&gt;subnet-evil&lt;/subnetId&gt;</value></item></tagSet></item>";

const answer = (...items: readonly string[]): string =>
  `<?xml version="1.0"?><DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><subnetSet>${items.join("\n")}</subnetSet></DescribeSubnetsResponse>`;

describe("readSubnets", () => {
  it("reads zones and free addresses, and takes no tag for a subnet", () => {
    const free = "<availableIpAddressCount>27</availableIpAddressCount>";
    expect(readSubnets(answer(item("subnet-a", "eu-west-1a", free), item("subnet-b", "eu-west-1b", free)))).toEqual({
      "subnet-a": { zone: "eu-west-1a", addresses: 27 },
      "subnet-b": { zone: "eu-west-1b", addresses: 27 },
    });
    expect(readSubnets(answer(item("subnet-a", "eu-west-1a")))).toEqual({ "subnet-a": { zone: "eu-west-1a" } });
  });

  it("reads nothing of what does not add up", () => {
    expect(readSubnets(answer(item("subnet-a", "")))).toEqual({});
    expect(readSubnets("<Response><Errors/></Response>")).toEqual({});
    expect(readSubnets("")).toEqual({});
  });
});
