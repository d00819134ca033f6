import { describe, expect, it } from "vitest";
import type { Broker, Role, RoleSpec } from "../../../src/index.ts";
import type { BrowserGrant } from "../../../src/server/config/grant.ts";
import { createGrantRoles } from "../../../src/server/grants/grant-role.ts";

/** A broker whose roles are their specs, and how many it made. */
function recording() {
  const made: RoleSpec[] = [];
  const role = (spec: RoleSpec): Role => {
    made.push(spec);
    return spec as unknown as Role;
  };
  return { made, roles: createGrantRoles({ role } as Broker) };
}

const grant = (): BrowserGrant => ({
  kind: "browser",
  roleArn: "arn:aws:iam::123456789012:role/web",
  allow: [{ actions: ["sagemaker:InvokeEndpoint"], resources: ["arn:aws:sagemaker:eu-west-1:1:endpoint/{team}"] }],
  claims: { groups: { contains: "ml" } },
  tags: { site: "place" },
  tenantClaim: "org",
});
const alice = { sub: "alice", team: "a", groups: ["ml"], place: "x", org: "o" };

describe("roles of grants", () => {
  it("are made once for equal callers, whatever else their tokens say", () => {
    const { made, roles } = recording();
    const one = grant();
    const first = roles.browser("g", one, { ...alice, iat: 1 });
    expect(roles.browser("g", one, { jti: "j", ...alice, iat: 2 })).toBe(first);
    expect(made).toHaveLength(1);
  });

  it.each([
    ["subject", { sub: "bob" }],
    ["claim in the policy", { team: "b" }],
    ["claim in a tag", { place: "y" }],
    ["tenant", { org: "p" }],
    ["claim that the grant requires", { groups: ["ml", "web"] }],
  ])("are made anew for another %s", (_, change) => {
    const { made, roles } = recording();
    const one = grant();
    roles.browser("g", one, alice);
    roles.browser("g", one, { ...alice, ...change });
    expect(made).toHaveLength(2);
  });

  it.each(["*", "1?", "$"])("are refused for %s before the fifth colon, where STS takes no escapes", (account) => {
    const { roles } = recording();
    const resources = ["arn:aws:sagemaker:eu-west-1:{account}:endpoint/x"];
    const one = { ...grant(), allow: [{ actions: ["sagemaker:InvokeEndpoint"], resources }] };
    expect(() => roles.browser("g", one, { ...alice, account })).toThrow("claim account: must not contain");
    expect(() => roles.browser("g", one, { ...alice, account: "123456789012" })).not.toThrow();
  });

  it.each([
    ["a value moves to the next claim", { team: "ax", place: "" }],
    ["a list looks like text", { team: ["a"] }],
    ["a number looks like text", { place: 1 }],
    ["a required entry is missing", { groups: [] }],
    ["a required claim is missing", { groups: undefined }],
  ])("are refused each time when %s, also after a good one", (_, change) => {
    const { roles } = recording();
    const one = grant();
    roles.browser("g", one, alice);
    for (let turn = 0; turn < 2; turn++) {
      expect(() => roles.browser("g", one, { ...alice, ...change })).toThrow(
        expect.objectContaining({ code: "CLAIM_REJECTED" }),
      );
    }
  });

  it("of a new configuration are made anew, though the grant has the same name", () => {
    const { made, roles } = recording();
    roles.browser("g", grant(), alice);
    roles.browser("g", { ...grant(), roleArn: "arn:aws:iam::123456789012:role/other" }, alice);
    expect(made.map(({ roleArn }) => roleArn.split("/").pop())).toEqual(["web", "other"]);
  });

  it("are remembered for some thousand callers, those who come often longer", () => {
    const { made, roles } = recording();
    const one = grant();
    for (let user = 0; user < 20_000; user++) {
      roles.browser("g", one, { ...alice, sub: `user-${user}` });
      roles.browser("g", one, alice);
    }
    expect(made).toHaveLength(20_001);
    roles.browser("g", one, { ...alice, sub: "user-19999" });
    expect(made).toHaveLength(20_001);
    roles.browser("g", one, { ...alice, sub: "user-0" });
    expect(made).toHaveLength(20_002);
  });

  it("of containers, machines and service accounts are told apart by grant and caller", () => {
    const { made, roles } = recording();
    const roleArn = "arn:aws:iam::123456789012:role/batch";
    const container = { kind: "container", roleArn, tokenSha256: [] } as const;
    const account = { kind: "serviceAccount", roleArn, issuer: "i", serviceAccounts: [] } as never;
    for (let turn = 0; turn < 2; turn++) {
      roles.container("task", container);
      roles.serviceAccount("pods", account, { namespace: "ml", name: "web" });
      roles.serviceAccount("pods", account, { namespace: "ml", name: "api" });
    }
    expect(made.map(({ sessionName, tenant }) => `${tenant} ${sessionName}`)).toEqual([
      "task task",
      "pods ml.web",
      "pods ml.api",
    ]);
  });
});
