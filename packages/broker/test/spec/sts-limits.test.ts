import { expect, test } from "vitest";
import { BrokerError } from "../../src/errors/error.ts";
import type { RoleSpec } from "../../src/spec/role-spec.ts";
import { harness, ROLE } from "../harness.ts";

const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));

const refused: readonly [Partial<RoleSpec>, RegExp][] = [
  [{ roleArn: "Inference" }, /^roleArn: .*role\/<name>/u],
  [{ roleArn: `${ROLE} ` }, /^roleArn/u],
  [{ externalId: "x" }, /^externalId: must be 2-1224/u],
  [{ externalId: "a b" }, /^externalId/u],
  [{ externalId: "x".repeat(1225) }, /^externalId: must be 2-1224/u],
  [{ sessionName: "x" }, /^sessionName: must be 2-64/u],
  [{ sessionName: "x".repeat(65) }, /^sessionName: must be 2-64/u],
  [{ sessionName: "a/b" }, /^sessionName/u],
  [{ sessionName: "ab\n" }, /^sessionName/u],
  [{ sourceIdentity: "aws:alice" }, /^sourceIdentity/u],
  [{ sourceIdentity: "a" }, /^sourceIdentity: must be 2-64/u],
  [{ durationSeconds: 899 }, /^durationSeconds: .*seconds for AssumeRole from 900 to 43200/u],
  [{ durationSeconds: 43_201 }, /^durationSeconds: .*43200/u],
  [{ durationSeconds: 900.5 }, /^durationSeconds: must be a whole number/u],
  [{ durationSeconds: Number.NaN }, /^durationSeconds/u],
  [{ tags: tags(51) }, /^tags: must be at most 50 tags, got 51/u],
  [{ tags: { "": "v" } }, /^tags\[""\]: must have a key of 1-128/u],
  [{ tags: { ["k".repeat(129)]: "v" } }, /must have a key of 1-128/u],
  [{ tags: { k: "v".repeat(257) } }, /^tags\["k"\]: must be 0-256/u],
  [{ tags: { k: "a\tb" } }, /^tags\["k"\]/u],
  [{ tags: { Team: "a", team: "b" } }, /^tags\["team"\]: must differ from "Team"/u],
  [{ tags: { a: "1" }, transitiveTagKeys: ["b"] }, /^transitiveTagKeys: must be keys of tags; "b"/u],
  [{ policy: "{" }, /^policy: must be valid JSON/u],
  [{ policy: "[]" }, /^policy: must be a policy document/u],
  [
    { policy: { Statement: { Effect: "Allow", Action: "*", Resource: "\u0100" } } },
    /^policy: must have characters up to/u,
  ],
  [
    { policy: { Statement: { Effect: "Allow", Action: "*", Resource: "r".repeat(2048) } } },
    /^policy: must be at most 2048 characters without white space, got 2\d\d\d/u,
  ],
  [
    {
      policy: { Statement: { Effect: "Allow", Action: "*", Resource: "r".repeat(1990) } },
      policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    },
    /^policy and policyArns: must be at most 2048/u,
  ],
  [
    { policyArns: Array.from({ length: 11 }, (_, index) => `arn:aws:iam::aws:policy/P${index}`) },
    /^policyArns: must be at most 10, got 11/u,
  ],
  [{ policyArns: ["ReadOnlyAccess"] }, /^policyArns: must be the ARN of a managed policy/u],
  [{ mfa: { serialNumber: "short", code: async () => "123456" } }, /^mfa.serialNumber: must be 9-256/u],
  [{ tenant: "" }, /^tenant/u],
];

test.each(refused.map(([fields, message]) => [String(message), fields, message] as const))(
  "a limit of STS is checked here: %s",
  (_, fields, message) => {
    const { broker, calls } = harness();
    const make = () => broker.role({ roleArn: ROLE, ...fields });
    expect(make).toThrow(BrokerError);
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: "INVALID_SPEC" }));
    expect(calls).toHaveLength(0);
  },
);

test("what STS takes is taken", () => {
  const { broker } = harness();
  const fine: readonly Partial<RoleSpec>[] = [
    { roleArn: "arn:aws-us-gov:iam::111122223333:role/path/to/Role.Name+x=,@-" },
    { externalId: "a:/b-c@d,e=f+g.h_1" },
    { tags: { "Größe/1 x": "", k: "v".repeat(256) } },
    { tags: tags(50) },
    { sessionName: "x".repeat(64), sourceIdentity: "ab" },
    { durationSeconds: 43_200 },
  ];
  for (const fields of fine) expect(() => broker.role({ roleArn: ROLE, ...fields })).not.toThrow();
});

test("the other operations have limits of their own", () => {
  const { broker } = harness();
  const token = async () => "jwt";
  expect(() => broker.sessionToken({ durationSeconds: 129_601 })).toThrow(
    /seconds for GetSessionToken from 900 to 129600/u,
  );
  expect(() => broker.federationToken({ name: "n".repeat(33) })).toThrow(/^name: must be 2-32/u);
  expect(() => broker.assumeRoot({ targetPrincipal: "1", taskPolicyArn: "x" })).toThrow(
    /^targetPrincipal: must be 12 digits/u,
  );
  expect(() =>
    broker.assumeRoot({ targetPrincipal: "111122223333", taskPolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }),
  ).toThrow(/^taskPolicyArn: must be arn:<partition>:iam::aws:policy\/root-task/u);
  expect(() => broker.webIdentity({ roleArn: ROLE, token: "jwt" as never })).toThrow(/^token: must be a function/u);
  expect(() => broker.saml({ roleArn: ROLE, principalArn: ROLE, assertion: token })).toThrow(
    /^principalArn: must be the ARN of a SAML/u,
  );
  expect(() => broker.role({ roleArn: ROLE, via: broker.federationToken({ name: "ab" }) })).toThrow(
    /^via: .*GetFederationToken/u,
  );
  expect(() => broker.role({ roleArn: ROLE, via: harness().broker.role({ roleArn: ROLE }) })).toThrow(
    /^via: must be a role of this broker/u,
  );
});

test.each([
  ["a cycle", { policy: cyclic() }],
  ["what JSON cannot say", { policy: { Statement: 1n } }],
  ["a policy nested without end", { policy: `{"Statement":${"[".repeat(200_000)}${"]".repeat(200_000)}}` }],
  ["a text instead of a list of policies", { policyArns: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
  ["no tags", { tags: null }],
  ["a text instead of a list of keys", { tags: { a: "b" }, transitiveTagKeys: "a" }],
  ["a key that is not text", { tags: { a: "b" }, transitiveTagKeys: [null] }],
])("from JavaScript, %s is refused like any other value", (_, fields) => {
  const { broker } = harness();
  const role = (): unknown => broker.role({ roleArn: ROLE, ...fields } as never);
  expect(role).toThrow(expect.objectContaining({ name: "BrokerError", code: "INVALID_SPEC" }));
});

function cyclic(): object {
  const policy: { Statement: unknown[] } = { Statement: [] };
  policy.Statement.push(policy);
  return policy;
}
