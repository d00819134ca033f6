import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Aws, evaluate, type PolicyDocument, startAws, TestingError } from "../../src/index.ts";
import { control, element, sts } from "../send.ts";

const statement = (Effect: "Allow" | "Deny", Action: string, more: object = {}): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: { Effect, Action, Resource: "*", ...more },
});
const everything = statement("Allow", "*");
const noModels = statement("Deny", "sagemaker:CreateModel", { Sid: "NoModels" });
const onlyLists = statement("Allow", "sagemaker:List*");
const question = { action: "sagemaker:CreateModel", resource: "arn:aws:sagemaker:us-east-1:123456789012:model/m" };

describe("evaluate with policies by kind", () => {
  it("names the kind, the policy and the statement that deny", () => {
    expect(
      evaluate({ identityPolicies: [everything], serviceControlPolicies: [everything, noModels], ...question }),
    ).toEqual({
      decision: "explicitDeny",
      policyType: "service control policy",
      policy: 1,
      statement: noModels.Statement,
    });
  });

  it.each([
    ["resource control policy", { resourceControlPolicies: [onlyLists] }],
    ["service control policy", { serviceControlPolicies: [onlyLists] }],
    ["VPC endpoint policy", { endpointPolicy: onlyLists }],
    ["identity-based policy", { identityPolicies: [onlyLists] }],
    ["permissions boundary", { permissionsBoundary: onlyLists }],
    ["session policy", { sessionPolicies: [onlyLists] }],
  ])("needs an allow of the %s", (policyType, layer) => {
    const verdict = evaluate({ identityPolicies: [everything], ...layer, ...question });
    expect(verdict).toEqual({ decision: "implicitDeny", policyType, policy: undefined, statement: undefined });
    expect(
      evaluate({ identityPolicies: [everything], ...layer, ...question, action: "sagemaker:ListModels" }).decision,
    ).toBe("allow");
  });

  it("lets an explicit deny win over silence that comes first", () => {
    const verdict = evaluate({ serviceControlPolicies: [onlyLists], identityPolicies: [noModels], ...question });
    expect(verdict).toMatchObject({ decision: "explicitDeny", policyType: "identity-based policy" });
  });

  it("reads principals of endpoint policies", () => {
    const mine = statement("Allow", "*", { Principal: { AWS: "arn:aws:iam::123456789012:role/mine" } });
    const ask = (principal?: string) =>
      evaluate({
        endpointPolicy: mine,
        identityPolicies: [everything],
        ...question,
        ...(principal === undefined ? {} : { principal }),
      }).decision;
    expect(ask("arn:aws:iam::123456789012:role/mine")).toBe("allow");
    expect(ask("arn:aws:iam::123456789012:role/other")).toBe("implicitDeny");
    expect(ask()).toBe("implicitDeny");
  });

  it("refuses a question in the wrong shape", () => {
    expect(() => evaluate({ identityPolicy: [] } as never)).toThrow(TestingError);
    expect(() => evaluate({ policies: everything, ...question } as never)).toThrow("policies: must be a list");
    expect(() => evaluate(undefined as never)).toThrow("action: must be text");
  });
});

describe("installed policies", () => {
  let aws: Aws;
  beforeAll(async () => {
    aws = await startAws({
      accounts: ["123456789012", "210987654321"],
      users: [{ name: "one" }, { name: "two", accountId: "210987654321" }, { name: "bound" }],
      roles: [{ arn: "limited", permissionsBoundary: onlyLists }, "open"],
      serviceControlPolicies: { "210987654321": [noModels] },
      permissionsBoundaries: { bound: onlyLists },
      resourceControlPolicies: [
        {
          Version: "2012-10-17",
          Statement: {
            Sid: "NoOutsiders",
            Effect: "Deny",
            Principal: "*",
            Action: "sts:AssumeRole",
            Resource: "*",
            Condition: { StringNotEquals: { "aws:PrincipalAccount": "123456789012" } },
          },
        },
      ],
      endpointPolicies: {
        "vpce-0abc": {
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Principal: "*", Action: "sagemaker:ListModels", Resource: "*" },
        },
      },
    });
  });
  afterAll(() => aws.close());

  const createAs = async (credentials: Aws["user"] | undefined, ModelName: string) =>
    (await control(aws, "CreateModel", { ModelName }, { credentials: credentials ?? null })).json["message"];

  it("a service control policy binds the accounts that it is attached to", async () => {
    expect(await createAs(aws.users["one"], "a")).toBeUndefined();
    expect(await createAs(aws.users["two"], "a")).toBe(
      "User: arn:aws:iam::210987654321:user/two is not authorized to perform: sagemaker:CreateModel on resource: arn:aws:sagemaker:us-east-1:210987654321:model/a with an explicit deny in a service control policy (statement NoModels of policy 1 of its kind)",
    );
  });

  it("a permissions boundary limits a user, a role and its sessions, and changes with the role", async () => {
    const because = /because no permissions boundary allows the sagemaker:CreateModel action$/;
    expect(await createAs(aws.users["bound"], "b")).toMatch(because);
    const session = aws.role("limited").session();
    expect(await createAs(session, "c")).toMatch(because);
    expect((await control(aws, "ListModels", {}, { credentials: session })).status).toBe(200);
    aws.role("limited").update({ permissionsBoundary: everything });
    expect(await createAs(session, "d")).toBeUndefined();
  });

  it("a resource control policy binds the services that AWS names, for every caller", async () => {
    const assume = (credentials: Aws["user"] | undefined) =>
      sts(
        aws,
        { Action: "AssumeRole", RoleArn: aws.role("open").arn, RoleSessionName: "session" },
        { credentials: credentials ?? null },
      );
    expect((await assume(aws.users["one"])).status).toBe(200);
    aws.role("open").update({
      trustPolicy: {
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" },
      },
    });
    expect(element((await assume(aws.users["two"])).text, "Code")).toBe("AccessDenied");
  });

  it("policies see whose resource it is", async () => {
    const onlyOwn = statement("Deny", "sts:AssumeRole", {
      Condition: { StringNotEquals: { "aws:ResourceAccount": "${aws:PrincipalAccount}" } },
    });
    const role = aws.role("reacher");
    role.update({ policies: [everything, onlyOwn] });
    const assume = async (RoleArn: string) =>
      element(
        (await sts(aws, { Action: "AssumeRole", RoleArn, RoleSessionName: "session" }, { credentials: role.session() }))
          .text,
        "Message",
      );
    aws.role("arn:aws:iam::210987654321:role/far").update({
      trustPolicy: { Statement: { Effect: "Allow", Principal: { AWS: role.arn }, Action: "sts:AssumeRole" } },
    });
    expect(await assume("arn:aws:iam::210987654321:role/far")).toMatch(/is not authorized to perform: sts:AssumeRole/);
    expect(await assume(aws.role("near").arn)).toBeUndefined();
  });

  it("an endpoint policy binds requests through that endpoint", async () => {
    const lookup = (_: string, __: unknown, done: (error: null, addresses: object[]) => void) =>
      done(null, [{ address: "127.0.0.1", family: 4 }]);
    const through = async (host: string, operation: string) => {
      const url = { ...aws.url, sagemaker: aws.url.sagemaker.replace("localhost", host) };
      const { json } = await control({ ...aws, url }, operation, { ModelName: "e" }, { tls: { lookup } });
      return json["message"];
    };
    const inside = "vpce-0abc-def.api.sagemaker.us-east-1.vpce.amazonaws.com";
    expect(await through(inside, "ListModels")).toBeUndefined();
    expect(await through(inside, "CreateModel")).toMatch(/because no VPC endpoint policy allows/);
    expect(await through("api.sagemaker.us-east-1.amazonaws.com", "CreateModel")).toBeUndefined();
  });

  it.each([
    [{ serviceControlPolicies: ["{"] }, /not JSON/],
    [{ serviceControlPolicies: "deny" }, /^serviceControlPolicies: must be a list/],
    [{ endpointPolicies: { "vpce-1": everything } }, /Principal and NotPrincipal/],
    [{ permissionsBoundaries: [everything] }, /^permissionsBoundaries: must be an object/],
    [{ resourceControlPolicies: [everything] }, /Principal and NotPrincipal/],
    [{ resourceControlPolicies: [statement("Allow", "s3:*", { Principal: "*" })] }, /must deny/],
    [{ resourceControlPolicies: [statement("Deny", "s3:*", { Principal: { AWS: "*" } })] }, /must deny/],
  ])("refuses %j", async (options, message) => {
    await expect(startAws(options as object)).rejects.toThrow(message);
  });
});
