import { type RcpOptions, createGuard, quotas } from "@countersign/guard";
import { type PolicyContext, type PolicyDocument, evaluate } from "@countersign/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { network } from "./requests.ts";

const everything: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" },
};
const organizationId = "o-a1b2c3d4e5";
const guard = createGuard({ posture: "private", network });

function decide(options: RcpOptions, action: string, context: PolicyContext): string {
  return evaluate({ policies: [everything, guard.toRcp(options)], action, resource: "*", context });
}

const inside = { "aws:SourceVpce": "vpce-0a1b2c3d", "aws:PrincipalOrgID": organizationId } as const;
const asService = { "aws:PrincipalIsAWSService": true } as const;

describe("a resource control policy", () => {
  it.each<[string, string, PolicyContext, string]>([
    ["within the network and the organization", "s3:GetObject", inside, "allow"],
    ["through another endpoint", "s3:GetObject", { ...inside, "aws:SourceVpce": "vpce-0fffffff" }, "explicitDeny"],
    ["over the internet", "kms:Decrypt", { "aws:PrincipalOrgID": organizationId }, "explicitDeny"],
    ["by an AWS service itself", "kms:Decrypt", asService, "allow"],
    [
      "by an AWS service on behalf of a caller",
      "s3:PutObject",
      { "aws:PrincipalOrgID": organizationId, "aws:ViaAWSService": true, "aws:PrincipalIsAWSService": false },
      "allow",
    ],
    ["by another organization", "sts:AssumeRole", { ...inside, "aws:PrincipalOrgID": "o-ffffffffff" }, "explicitDeny"],
    ["by an account without organization", "sqs:SendMessage", { "aws:SourceVpce": "vpce-0a1b2c3d" }, "explicitDeny"],
    ["a role by a token, before there is an organization", "sts:AssumeRoleWithWebIdentity", {}, "allow"],
    ["a call of SageMaker, which RCPs do not know", "sagemaker:CreateModel", {}, "allow"],
  ])("%s: %s", (_, action, context, decision) => {
    expect(decide({ organizationId }, action, context)).toBe(decision);
  });

  it("holds the chosen services alone", () => {
    expect(decide({ services: ["sts"] }, "sts:AssumeRole", {})).toBe("explicitDeny");
    expect(decide({ services: ["sts"] }, "s3:GetObject", {})).toBe("allow");
  });

  it("decides as its two sentences say, for every request", () => {
    const maybe = (value: fc.Arbitrary<unknown>) => fc.option(value, { nil: undefined });
    fc.assert(
      fc.property(
        maybe(fc.constantFrom("vpce-0a1b2c3d", "vpce-0fffffff")),
        maybe(fc.constantFrom(organizationId, "o-ffffffffff")),
        maybe(fc.boolean()),
        maybe(fc.boolean()),
        fc.constantFrom(
          "s3:GetObject",
          "kms:Decrypt",
          "sts:AssumeRole",
          "secretsmanager:GetSecretValue",
          "sqs:SendMessage",
        ),
        (vpce, organization, isService, viaService, action) => {
          const context = {
            "aws:SourceVpce": vpce,
            "aws:PrincipalOrgID": organization,
            "aws:PrincipalIsAWSService": isService,
            "aws:ViaAWSService": viaService,
          } as PolicyContext;
          const outside = vpce !== "vpce-0a1b2c3d" && viaService !== true;
          const foreign = organization !== organizationId;
          const denied = isService !== true && (outside || foreign);
          expect(decide({ organizationId }, action, context)).toBe(denied ? "explicitDeny" : "allow");
        },
      ),
    );
  });

  it("names everything that it does not hold", () => {
    const { gaps } = guard.toRcp();
    const known = new Set(gaps.map(({ rule }) => rule));
    expect(guard.posture.rules.filter(({ id }) => !known.has(id))).toEqual([]);
    expect(gaps.filter(({ rule }) => rule === "vpc-endpoint").map(({ kind }) => kind)).toEqual(["looser", "stricter"]);
    expect(gaps.filter(({ kind, rule }) => kind !== "unheld" && rule !== "vpc-endpoint")).toEqual([]);
  });

  it("has what AWS demands: Deny, every principal, names, and the quota", () => {
    const policies = guard.toRcps({ organizationId });
    expect(policies).toHaveLength(1);
    for (const policy of policies) {
      expect(policy.limit).toBe(quotas.rcp.characters);
      expect(policy.length).toBe(JSON.stringify(policy).length);
      for (const statement of policy.Statement) {
        expect(statement).toMatchObject({ Effect: "Deny", Principal: "*", Resource: "*" });
        expect(statement.Sid).toMatch(/^[A-Za-z0-9]+$/);
        expect([statement.Action].flat()).not.toContain("*");
      }
    }
    const wide = (count: number) =>
      createGuard({
        posture: "private",
        network: { vpcEndpoints: Array.from({ length: count }, (_, index) => `vpce-0a1b2c3d4e5f6${1_000 + index}`) },
      });
    expect(() => wide(187).toRcp({ organizationId })).toThrow(/at most 5120 characters, and has \d+\. .*toRcps/);
    expect(wide(187).toRcps({ organizationId })).toHaveLength(2);
    expect(() => wide(400).toRcps()).toThrow(/at most 5120 characters/);
  });

  it("is refused where there is nothing to compare with, and for other options", () => {
    const bare = createGuard({ posture: "private" });
    expect(() => bare.toRcp()).toThrow(/^organizationId: must be given/);
    expect(() => createGuard({ posture: "baseline", network }).toRcp()).toThrow(/^organizationId: must be given/);
    expect(createGuard({ posture: "baseline" }).toRcp({ organizationId }).Statement).toHaveLength(1);
    for (const [options, message] of [
      [{ organizationId: "acme" }, /^organizationId: must be an id/],
      [{ organisationId: organizationId }, /^organisationId: .*organizationId/],
      [{ services: ["sagemaker"] }, /^services\[0\]: must be/],
      [{ services: [] }, /^services: must be/],
      [null, /^options: must be/],
    ] as const)
      expect(() => guard.toRcps(options as never)).toThrow(message);
  });
});
