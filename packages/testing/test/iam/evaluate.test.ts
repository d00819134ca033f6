import { describe, expect, it } from "vitest";
import {
  evaluate,
  type PolicyContext,
  type PolicyDecision,
  type PolicyDocument,
  type PolicyStatement,
} from "../../src/index.ts";

const model = "arn:aws:sagemaker:us-east-1:123456789012:model/m";

function decide(
  statements: readonly PolicyStatement[],
  o: { action?: string; resource?: string; context?: PolicyContext } = {},
): PolicyDecision {
  const policies: PolicyDocument[] = [{ Version: "2012-10-17", Statement: statements }];
  return evaluate({
    policies,
    action: o.action ?? "sagemaker:CreateModel",
    resource: o.resource ?? model,
    context: o.context ?? {},
  });
}

const allow = (statement: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect: "Allow",
  ...("NotAction" in statement ? {} : { Action: "*" }),
  ...("NotResource" in statement ? {} : { Resource: "*" }),
  ...statement,
});
const deny = (statement: Partial<PolicyStatement> = {}): PolicyStatement => ({ ...allow(statement), Effect: "Deny" });

describe("the decision", () => {
  it.each<[string, PolicyStatement[], PolicyDecision]>([
    ["nothing said", [], "implicitDeny"],
    ["an allow", [allow()], "allow"],
    ["an allow for something else", [allow({ Action: "sts:*" })], "implicitDeny"],
    ["a deny alone", [deny()], "explicitDeny"],
    ["an allow, then a deny", [allow(), deny()], "explicitDeny"],
    ["a deny, then an allow", [deny(), allow()], "explicitDeny"],
    ["a deny for something else", [allow(), deny({ Action: "sts:*" })], "allow"],
  ])("%s", (_, statements, expected) => expect(decide(statements)).toBe(expected));

  it("adds up several policies", () => {
    const one: PolicyDocument = { Statement: allow() };
    const two: PolicyDocument = { Statement: deny({ Action: "sagemaker:Delete*" }) };
    const ask = (action: string) => evaluate({ policies: [one, two], action, resource: model });
    expect([ask("sagemaker:CreateModel"), ask("sagemaker:DeleteModel")]).toEqual(["allow", "explicitDeny"]);
  });
});

describe("actions and resources", () => {
  it.each<[string, Partial<PolicyStatement>, boolean]>([
    ["a name in any case", { Action: "SageMaker:createmodel" }, true],
    ["a list", { Action: ["sts:AssumeRole", "sagemaker:CreateModel"] }, true],
    ["a star", { Action: "sagemaker:*Model" }, true],
    ["a question mark is one character", { Action: "sagemaker:CreateMode?" }, true],
    ["and not none", { Action: "sagemaker:CreateModel?" }, false],
    ["NotAction of another", { NotAction: "sagemaker:Delete*" }, true],
    ["NotAction of this", { NotAction: ["sts:*", "sagemaker:Create*"] }, false],
    ["the very resource", { Resource: model }, true],
    ["a resource in another case", { Resource: model.replace("/m", "/M") }, false],
    ["a resource prefix", { Resource: "arn:aws:sagemaker:*:123456789012:model/*" }, true],
    ["another account's", { Resource: "arn:aws:sagemaker:*:210987654321:model/*" }, false],
    ["NotResource of another", { NotResource: "arn:aws:s3:::*" }, true],
    ["NotResource of this", { NotResource: "arn:aws:sagemaker:*" }, false],
  ])("%s", (_, statement, matches) => expect(decide([allow(statement)])).toBe(matches ? "allow" : "implicitDeny"));

  it("is quick with patterns made to be slow", () => {
    const pattern = `sagemaker:${"*a".repeat(60)}`;
    expect(decide([allow({ Action: pattern })], { action: `sagemaker:${"a".repeat(2000)}b` })).toBe("implicitDeny");
  });
});

type Case = [string, PolicyStatement["Condition"] & object, PolicyContext, boolean];

describe("conditions", () => {
  it.each<Case>([
    ["StringEquals", { StringEquals: { "aws:username": "alice" } }, { "aws:username": "alice" }, true],
    ["StringEquals: another", { StringEquals: { "aws:username": "alice" } }, { "aws:username": "Alice" }, false],
    [
      "StringEquals: one of several",
      { StringEquals: { "aws:username": ["bob", "alice"] } },
      { "aws:username": "alice" },
      true,
    ],
    ["StringEquals: no such key", { StringEquals: { "aws:username": "alice" } }, {}, false],
    [
      "StringEquals: keys in any case",
      { StringEquals: { "AWS:UserName": "alice" } },
      { "aws:username": "alice" },
      true,
    ],
    ["StringEquals: a star is a star", { StringEquals: { k: "*" } }, { k: "x" }, false],
    ["StringEqualsIgnoreCase", { StringEqualsIgnoreCase: { k: "ALICE" } }, { k: "alice" }, true],
    ["StringLike", { StringLike: { k: "team-*-?" } }, { k: "team-blue-1" }, true],
    ["StringLike: case counts", { StringLike: { k: "TEAM*" } }, { k: "team" }, false],
    ["StringNotEquals", { StringNotEquals: { k: ["a", "b"] } }, { k: "c" }, true],
    ["StringNotEquals: one of several", { StringNotEquals: { k: ["a", "b"] } }, { k: "b" }, false],
    ["StringNotEquals: no such key", { StringNotEquals: { k: "a" } }, {}, true],
    ["StringNotLike", { StringNotLike: { k: "a*" } }, { k: "abc" }, false],
    ["IfExists: no such key", { StringEqualsIfExists: { k: "a" } }, {}, true],
    ["IfExists: another", { StringEqualsIfExists: { k: "a" } }, { k: "b" }, false],
    ["Bool", { Bool: { k: "true" } }, { k: true }, true],
    ["Bool: written otherwise", { Bool: { k: true } }, { k: "True" }, true],
    ["Bool: false", { Bool: { k: "false" } }, { k: true }, false],
    ["Bool: no such key", { Bool: { k: "false" } }, {}, false],
    ["BoolIfExists: no such key", { BoolIfExists: { k: "false" } }, {}, true],
    ["Null true: absent", { Null: { k: "true" } }, {}, true],
    ["Null true: empty is absent", { Null: { k: "true" } }, { k: [] }, true],
    ["Null true: present", { Null: { k: "true" } }, { k: "x" }, false],
    ["Null false: present", { Null: { k: "false" } }, { k: "x" }, true],
    ["Null false: absent", { Null: { k: "false" } }, {}, false],
    ["NumericLessThanEquals", { NumericLessThanEquals: { k: 3600 } }, { k: 3600 }, true],
    ["NumericGreaterThan", { NumericGreaterThan: { k: "3600" } }, { k: 3600 }, false],
    ["Numeric: by value, not by text", { NumericLessThan: { k: "10" } }, { k: 9 }, true],
    ["Numeric: not a number", { NumericEquals: { k: "x" } }, { k: "x" }, false],
    ["Numeric: nothing is not zero", { NumericLessThan: { k: 1 } }, { k: "" }, false],
    ["NumericNotEquals", { NumericNotEquals: { k: 1 } }, { k: 2 }, true],
    ["DateLessThan", { DateLessThan: { k: "2026-01-02T00:00:00Z" } }, { k: new Date("2026-01-01T00:00:00Z") }, true],
    [
      "DateLessThan: epoch seconds",
      { DateLessThan: { k: "1767312000" } },
      { k: new Date("2026-01-01T00:00:00Z") },
      true,
    ],
    [
      "DateGreaterThan",
      { DateGreaterThan: { k: "2026-01-02T00:00:00Z" } },
      { k: new Date("2026-01-01T00:00:00Z") },
      false,
    ],
    ["IpAddress in a network", { IpAddress: { "aws:SourceIp": "10.1.0.0/16" } }, { "aws:SourceIp": "10.1.2.3" }, true],
    ["IpAddress beside it", { IpAddress: { "aws:SourceIp": "10.1.0.0/16" } }, { "aws:SourceIp": "10.2.0.1" }, false],
    ["IpAddress: one address", { IpAddress: { "aws:SourceIp": "10.1.2.3" } }, { "aws:SourceIp": "10.1.2.3" }, true],
    ["IpAddress v6", { IpAddress: { "aws:SourceIp": "2001:db8::/32" } }, { "aws:SourceIp": "2001:db8::1" }, true],
    [
      "IpAddress: of the other family",
      { IpAddress: { "aws:SourceIp": "0.0.0.0/0" } },
      { "aws:SourceIp": "::1" },
      false,
    ],
    ["NotIpAddress", { NotIpAddress: { "aws:SourceIp": ["10.0.0.0/8"] } }, { "aws:SourceIp": "192.0.2.1" }, true],
    ["NotIpAddress: no such key", { NotIpAddress: { "aws:SourceIp": ["10.0.0.0/8"] } }, {}, true],
    [
      "ArnLike part by part",
      { ArnLike: { k: "arn:aws:iam::*:role/*" } },
      { k: "arn:aws:iam::123456789012:role/a/b" },
      true,
    ],
    [
      "ArnLike: no reaching over a colon",
      { ArnLike: { k: "arn:aws:*:role/x" } },
      { k: "arn:aws:iam::123456789012:role/x" },
      false,
    ],
    [
      "ArnEquals takes wildcards too",
      { ArnEquals: { k: "arn:aws:kms:*:*:key/*" } },
      { k: "arn:aws:kms:eu-west-1:123456789012:key/1" },
      true,
    ],
    [
      "ArnNotEquals",
      { ArnNotEquals: { k: "arn:aws:iam::123456789012:role/x" } },
      { k: "arn:aws:iam::123456789012:role/y" },
      true,
    ],
    ["several keys: all must hold", { StringEquals: { a: "1", b: "2" } }, { a: "1", b: "3" }, false],
    ["several operators: all must hold", { StringEquals: { a: "1" }, Null: { b: "false" } }, { a: "1", b: "" }, true],
  ])("%s", (_, Condition, context, holds) => {
    expect(decide([allow({ Condition })], { context })).toBe(holds ? "allow" : "implicitDeny");
  });
});

describe("keys of several values", () => {
  const subnets = "sagemaker:VpcSubnets";
  it.each<Case>([
    ["ForAllValues: all known", { "ForAllValues:StringEquals": { [subnets]: ["a", "b"] } }, { [subnets]: ["b"] }, true],
    [
      "ForAllValues: one stranger",
      { "ForAllValues:StringEquals": { [subnets]: ["a", "b"] } },
      { [subnets]: ["a", "c"] },
      false,
    ],
    ["ForAllValues holds for an absent key", { "ForAllValues:StringEquals": { [subnets]: ["a"] } }, {}, true],
    [
      "which is why Null goes with it",
      { "ForAllValues:StringEquals": { [subnets]: ["a"] }, Null: { [subnets]: "false" } },
      {},
      false,
    ],
    ["ForAnyValue: one known", { "ForAnyValue:StringEquals": { [subnets]: ["a"] } }, { [subnets]: ["c", "a"] }, true],
    ["ForAnyValue: none known", { "ForAnyValue:StringEquals": { [subnets]: ["a"] } }, { [subnets]: ["c"] }, false],
    ["ForAnyValue fails for an absent key", { "ForAnyValue:StringNotEquals": { [subnets]: ["a"] } }, {}, false],
    [
      "ForAnyValue negated: any stranger",
      { "ForAnyValue:StringNotEquals": { [subnets]: ["a"] } },
      { [subnets]: ["a", "c"] },
      true,
    ],
    [
      "ForAllValues negated: no acquaintance",
      { "ForAllValues:StringNotEquals": { [subnets]: ["a"] } },
      { [subnets]: ["a", "c"] },
      false,
    ],
    [
      "ForAllValues:StringLike",
      { "ForAllValues:StringLike": { "aws:TagKeys": ["team-*"] } },
      { "aws:TagKeys": ["team-a", "team-b"] },
      true,
    ],
    ["ForAllValues holds for an empty text", { "ForAllValues:StringEquals": { k: "a" } }, { k: "" }, true],
    ["ForAllValues and IfExists", { "ForAllValues:ArnEqualsIfExists": { k: "arn:aws:kms:*:*:key/*" } }, {}, true],
  ])("%s", (_, Condition, context, holds) => {
    expect(decide([allow({ Condition })], { context })).toBe(holds ? "allow" : "implicitDeny");
  });
});

describe("variables", () => {
  const mine = allow({ Resource: "arn:aws:sagemaker:*:*:model/${aws:username}-*" });
  const resource = "arn:aws:sagemaker:us-east-1:123456789012:model/alice-1";
  it.each<[string, PolicyContext, PolicyDecision]>([
    ["take the request's value", { "aws:username": "alice" }, "allow"],
    ["of another request", { "aws:username": "bob" }, "implicitDeny"],
    ["without a value match nothing", {}, "implicitDeny"],
    ["never widen a policy by the caller's own name", { "aws:username": "*" }, "implicitDeny"],
  ])("%s", (_, context, expected) => expect(decide([mine], { resource, context })).toBe(expected));

  it("have defaults, in conditions too", () => {
    const Condition = { StringEquals: { "aws:RequestTag/team": "${aws:PrincipalTag/team, 'none'}" } };
    expect(decide([allow({ Condition })], { context: { "aws:RequestTag/team": "none" } })).toBe("allow");
    expect(
      decide([allow({ Condition })], { context: { "aws:RequestTag/team": "none", "aws:PrincipalTag/team": "red" } }),
    ).toBe("implicitDeny");
  });

  it("write a wildcard's own character as ${*}", () => {
    const statement = allow({ Resource: "arn:aws:sagemaker:us-east-1:123456789012:model/${*}" });
    expect(decide([statement], { resource: model })).toBe("implicitDeny");
    expect(decide([statement], { resource: "arn:aws:sagemaker:us-east-1:123456789012:model/*" })).toBe("allow");
  });
});

describe("variables by the policy's version", () => {
  const statement = allow({ Resource: "arn:aws:sagemaker:us-east-1:123456789012:model/${aws:username}" });
  const ask = (Version: PolicyDocument["Version"], resource: string) =>
    evaluate({
      policies: [{ ...(Version === undefined ? {} : { Version }), Statement: statement }],
      action: "sagemaker:CreateModel",
      resource: `arn:aws:sagemaker:us-east-1:123456789012:model/${resource}`,
      context: { "aws:username": "m" },
    });

  it("are plain text before 2012-10-17, which is the default of AWS", () => {
    expect([ask("2012-10-17", "m"), ask("2008-10-17", "m"), ask(undefined, "m")]).toEqual([
      "allow",
      "implicitDeny",
      "implicitDeny",
    ]);
    expect(ask(undefined, "${aws:username}")).toBe("allow");
  });

  it.each<[string, PolicyStatement["Condition"] & object, boolean]>([
    ["StringEquals", { StringEquals: { k: "${aws:username}" } }, true],
    ["StringLike", { StringLike: { k: "${aws:username}*" } }, true],
    ["ArnLike", { ArnLike: { arn: "arn:aws:iam::123456789012:user/${aws:username}" } }, true],
    ["NumericEquals", { NumericEquals: { n: "${n}" } }, false],
    ["BinaryEquals", { BinaryEquals: { k: "${aws:username}" } }, false],
    ["Bool", { Bool: { b: "${b}" } }, false],
  ])("have values with string and ARN operators only: %s", (_, Condition, holds) => {
    const context = { "aws:username": "m", k: "m", n: 5, b: true, arn: "arn:aws:iam::123456789012:user/m" };
    expect(decide([allow({ Condition })], { context })).toBe(holds ? "allow" : "implicitDeny");
  });
});

describe("a policy that cannot be judged", () => {
  // As a deny such a statement would otherwise allow, and as an allow it would allow too much.
  it.each<[string, object]>([
    ["an effect in another case", { Effect: "deny" }],
    ["no effect", { Effect: undefined }],
    ["a misspelt element", { Conditions: { Bool: { k: true } } }],
    ["no action", { Action: undefined }],
    ["no resource", { Resource: undefined }],
    ["an unknown operator", { Condition: { StringSmells: { k: "a" } } }],
    ["a misspelt set operator", { Condition: { "ForAllValue:StringEquals": { k: "a" } } }],
    ["IfExists after Null", { Condition: { NullIfExists: { k: "true" } } }],
    ["a key without values", { Condition: { StringEquals: "a" } }],
    ["a principal with a wildcard", { Principal: { AWS: "arn:aws:iam::123456789012:user/*" } }],
    ["a principal of an unknown kind", { Principal: { Aws: "123456789012" } }],
    ["a service with a wildcard", { Action: "sage*:CreateModel" }],
    ["a variable for an account", { Resource: "arn:aws:sagemaker:us-east-1:${aws:PrincipalAccount}:model/m" }],
  ])("is refused, whatever its effect: %s", (_, change) => {
    const { Effect, ...more } = { Effect: "Deny", ...change } as { Effect?: string };
    const Statement = { ...(Effect === undefined ? {} : { Effect }), Action: "*", Resource: "*", ...more };
    const policies = [{ Version: "2012-10-17", Statement: JSON.parse(JSON.stringify(Statement)) as object }];
    const refused = expect.objectContaining({ code: "INVALID_POLICY" }) as Error;
    const question = { action: "sagemaker:CreateModel", resource: model };
    expect(() => evaluate({ policies: policies as never, ...question })).toThrow(refused);
    expect(() =>
      evaluate({ identityPolicies: [{ Statement: allow() }], sessionPolicies: policies as never, ...question }),
    ).toThrow(refused);
  });
});

describe("principals", () => {
  const session = "arn:aws:sts::123456789012:assumed-role/worker/s";
  const root = "arn:aws:iam::123456789012:root";
  const role = "arn:aws:iam::123456789012:role/worker";
  const ask = (statement: Partial<PolicyStatement>, principal = session) =>
    evaluate({
      endpointPolicy: { Version: "2012-10-17", Statement: [allow({ Principal: "*" }), deny(statement)] },
      action: "sagemaker:CreateModel",
      resource: model,
      principal,
    }).decision;

  it("name a role and mean its sessions", () => {
    expect(ask({ Principal: { AWS: role } })).toBe("explicitDeny");
    expect(ask({ Principal: { AWS: "arn:aws:iam::123456789012:role/other" } })).toBe("allow");
  });

  it.each([
    [[root, role, session], "allow"],
    [[root, role], "explicitDeny"],
    [[role, session], "explicitDeny"],
    [[root], "explicitDeny"],
    [["*"], "allow"],
    [["arn:aws:iam::123456789012:role/other"], "explicitDeny"],
  ])("are spared by a deny with NotPrincipal only if all that they are is listed: %j", (AWS, decision) => {
    expect(ask({ NotPrincipal: { AWS } })).toBe(decision);
  });

  it("are left out by an allow with NotPrincipal if anything that they are is listed", () => {
    const decide = (AWS: string) =>
      evaluate({
        endpointPolicy: { Statement: allow({ NotPrincipal: { AWS } }) },
        action: "sagemaker:CreateModel",
        resource: model,
        principal: session,
      }).decision;
    expect([decide(role), decide(root), decide("arn:aws:iam::123456789012:role/other")]).toEqual([
      "implicitDeny",
      "implicitDeny",
      "allow",
    ]);
  });
});

describe("the documented idioms", () => {
  it("allow a notebook only without direct internet and root access, within a VPC", () => {
    const lockdown = allow({
      Action: "sagemaker:CreateNotebookInstance",
      Condition: {
        StringEquals: { "sagemaker:DirectInternetAccess": "Disabled", "sagemaker:RootAccess": "Disabled" },
        Null: { "sagemaker:VpcSubnets": "false", "sagemaker:VpcSecurityGroupIds": "false" },
      },
    });
    const action = "sagemaker:CreateNotebookInstance";
    const good = {
      "sagemaker:DirectInternetAccess": "Disabled",
      "sagemaker:RootAccess": "Disabled",
      "sagemaker:VpcSubnets": ["subnet-1"],
      "sagemaker:VpcSecurityGroupIds": ["sg-1"],
    };
    expect(decide([lockdown], { action, context: good })).toBe("allow");
    for (const key of Object.keys(good)) {
      expect(decide([lockdown], { action, context: { ...good, [key]: undefined } })).toBe("implicitDeny");
    }
  });

  it("deny what does not come through the VPC endpoint", () => {
    const statements = [allow(), deny({ Condition: { StringNotEquals: { "aws:SourceVpce": "vpce-1" } } })];
    expect(decide(statements, { context: { "aws:SourceVpce": "vpce-1" } })).toBe("allow");
    expect(decide(statements, { context: { "aws:SourceVpce": "vpce-2" } })).toBe("explicitDeny");
    expect(decide(statements)).toBe("explicitDeny");
  });
});
