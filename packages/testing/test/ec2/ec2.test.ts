import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { element, send, sts } from "../send.ts";

let aws: Aws;
beforeEach(async () => {
  aws = await startAws({
    users: [{ name: "countersign" }, { name: "powerless", policies: [] }],
    subnets: [
      { subnetId: "subnet-1", vpcId: "vpc-1", availabilityZone: "us-east-1a" },
      { subnetId: "subnet-2", vpcId: "vpc-1", availabilityZone: "us-east-1b" },
    ],
  });
});
afterEach(() => aws.close());

const ask = (parameters: Record<string, string>, user = "countersign") =>
  send(aws, `${aws.url.ec2}/`, {
    service: "ec2",
    credentials: aws.users[user] ?? null,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ Action: "DescribeSubnets", Version: "2016-11-15", ...parameters }).toString(),
  });

describe("DescribeSubnets", () => {
  it("tells the zones of the subnets asked for", async () => {
    const { text } = await ask({ "SubnetId.1": "subnet-2" });
    expect([element(text, "subnetId"), element(text, "availabilityZone"), element(text, "vpcId")]).toEqual([
      "subnet-2",
      "us-east-1b",
      "vpc-1",
    ]);
    expect(text).toContain('<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">');
    const filtered = await ask({ "Filter.1.Name": "availability-zone", "Filter.1.Value.1": "us-east-1a" });
    expect(filtered.text.match(/<item>/g)).toHaveLength(1);
  });

  it("names a subnet that is not there", async () => {
    const { status, text } = await ask({ "SubnetId.1": "subnet-9" });
    expect([status, element(text, "Code")]).toEqual([400, "InvalidSubnetID.NotFound"]);
  });

  it("denies with a message that STS opens", async () => {
    const { status, text } = await ask({}, "powerless");
    expect([status, element(text, "Code")]).toEqual([403, "UnauthorizedOperation"]);
    const EncodedMessage =
      /Encoded authorization failure message: (\S+)/.exec(element(text, "Message") ?? "")?.[1] ?? "";
    const opened = await sts(aws, { Action: "DecodeAuthorizationMessage", EncodedMessage });
    const decoded = JSON.parse((element(opened.text, "DecodedMessage") ?? "").replaceAll("&quot;", '"')) as unknown;
    expect(decoded).toMatchObject({
      allowed: false,
      context: { action: "ec2:DescribeSubnets", principal: { arn: "arn:aws:iam::123456789012:user/powerless" } },
    });
    const denied = await sts(
      aws,
      { Action: "DecodeAuthorizationMessage", EncodedMessage },
      { credentials: aws.users["powerless"] ?? null },
    );
    expect(element(denied.text, "Code")).toBe("AccessDenied");
    const forged = await sts(aws, { Action: "DecodeAuthorizationMessage", EncodedMessage: "forged" });
    expect(element(forged.text, "Code")).toBe("InvalidAuthorizationMessageException");
  });
});
