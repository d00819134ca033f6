import { describe, expect, it } from "vitest";
import type { PolicyDocument, PolicyPrincipal } from "../../src/index.ts";
import { type Trustee, trustOf } from "../../src/iam/trust.ts";

const alice: Trustee = { type: "AWS", accountId: "123456789012", arns: ["arn:aws:iam::123456789012:user/alice"] };
const session: Trustee = {
  type: "AWS",
  accountId: "123456789012",
  arns: ["arn:aws:sts::123456789012:assumed-role/worker/s", "arn:aws:iam::123456789012:role/worker"],
};
const pod: Trustee = { type: "Federated", provider: "arn:aws:iam::123456789012:oidc-provider/x" };

const policy = (Principal: PolicyPrincipal, more: object = {}): PolicyDocument => ({
  Statement: { Effect: "Allow", Principal, Action: "sts:AssumeRole", ...more },
});

describe("a trust policy", () => {
  it.each<[string, PolicyPrincipal, Trustee, string]>([
    ["names a user", { AWS: "arn:aws:iam::123456789012:user/alice" }, alice, "direct"],
    ["names another user", { AWS: "arn:aws:iam::123456789012:user/bob" }, alice, "implicitDeny"],
    ["takes no wildcard in a principal", { AWS: "arn:aws:iam::123456789012:user/*" }, alice, "implicitDeny"],
    ["names the account", { AWS: "123456789012" }, alice, "account"],
    ["names the account's root", { AWS: ["arn:aws:iam::123456789012:root"] }, alice, "account"],
    ["names another account", { AWS: "arn:aws:iam::210987654321:root" }, alice, "implicitDeny"],
    ["names everybody", "*", alice, "direct"],
    ["names a role, and means its sessions", { AWS: "arn:aws:iam::123456789012:role/worker" }, session, "direct"],
    ["names one session", { AWS: "arn:aws:sts::123456789012:assumed-role/worker/s" }, session, "direct"],
    ["names a provider", { Federated: "arn:aws:iam::123456789012:oidc-provider/x" }, pod, "direct"],
    ["names another provider", { Federated: "arn:aws:iam::123456789012:oidc-provider/y" }, pod, "implicitDeny"],
    ["names a service", { Service: "sagemaker.amazonaws.com" }, alice, "implicitDeny"],
  ])("%s", (_, principal, trustee, expected) => {
    expect(trustOf(policy(principal), trustee, "sts:AssumeRole", {})).toBe(expected);
  });

  it("denies before it allows, and holds its conditions", () => {
    const both: PolicyDocument = {
      Statement: [
        { Effect: "Allow", Principal: "*", Action: "sts:*" },
        { Effect: "Deny", Principal: { AWS: "arn:aws:iam::123456789012:user/alice" }, Action: "sts:AssumeRole" },
      ],
    };
    expect(trustOf(both, alice, "sts:AssumeRole", {})).toBe("explicitDeny");
    expect(trustOf(both, session, "sts:AssumeRole", {})).toBe("direct");
    const withId = policy("*", { Condition: { StringEquals: { "sts:ExternalId": "x" } } });
    expect(trustOf(withId, alice, "sts:AssumeRole", { "sts:ExternalId": "x" })).toBe("direct");
    expect(trustOf(withId, alice, "sts:AssumeRole", {})).toBe("implicitDeny");
  });

  it("speaks about the actions it names alone", () => {
    expect(trustOf(policy("*"), alice, "sts:TagSession", {})).toBe("implicitDeny");
  });
});
