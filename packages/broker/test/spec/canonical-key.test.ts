import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Canonical, canonicalJson, canonicalKey } from "../../src/spec/canonical-key.ts";
import { harness, ROLE } from "../harness.ts";

const value = fc.letrec<{ any: Canonical }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(tie("any")),
    fc.dictionary(fc.string(), tie("any"), { noNullPrototype: true }),
  ),
})).any;

test("the text is JSON for the same value", () => {
  fc.assert(
    fc.property(value, (any) => {
      expect(JSON.parse(canonicalJson(any))).toEqual(any);
    }),
  );
});

test("different values have different texts, and the order of fields does not count", () => {
  fc.assert(
    fc.property(value, value, (one, other) => {
      const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
      expect(canonicalJson(one) === canonicalJson(other)).toBe(same);
    }),
    { examples: [[[], {}]] },
  );
  expect(canonicalJson({ b: 1, a: [2, 1] })).toBe('{"a":[2,1],"b":1}');
});

test("a label is the head of the key and shows nothing of what it was made from", () => {
  const { key, label } = canonicalKey({ externalId: "hush-hush" });
  expect(key).toMatch(/^[0-9a-f]{64}$/u);
  expect(label).toBe(key.slice(0, 12));
});

/** Each field that the field's brokers have left out of their keys at one time or another. */
const variants = {
  roleArn: { roleArn: `${ROLE}2` },
  "the account (kiam#400)": { roleArn: ROLE.replace("111122223333", "444455556666") },
  "the external id (kube2iam#316)": { externalId: "ex" },
  "the session policy (unitycatalog#1713)": {
    policy: { Statement: { Effect: "Deny", NotAction: "s3:*", Resource: "*" } },
  },
  policyArns: { policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] },
  "the tags (lakekeeper#1228)": { tags: { a: "b" } },
  "the case of a tag's key": { tags: { A: "b" } },
  transitiveTagKeys: { tags: { a: "b" }, transitiveTagKeys: ["a"] },
  "the source identity (botocore)": { sourceIdentity: "alice" },
  "the session name (litellm#35467)": { sessionName: "alice" },
  durationSeconds: { durationSeconds: 900 },
  "the tenant (ai-dial-adapter-openai#539)": { tenant: "t1" },
  "another tenant": { tenant: "t2" },
  "the device": { mfa: { serialNumber: "arn:aws:iam::1:mfa/a", code: async () => "000000" } },
} as const;

test.each(Object.keys(variants))("another session is another key: %s", (name) => {
  const { broker } = harness();
  const specs = Object.entries(variants).map(([other, fields]) => [
    other,
    broker.role({ roleArn: ROLE, ...fields }).key,
  ]);
  const key = broker.role({ roleArn: ROLE, ...variants[name as keyof typeof variants] }).key;
  expect(specs.filter(([, other]) => other === key).map(([other]) => other)).toEqual([name]);
  expect(key).not.toBe(broker.role({ roleArn: ROLE }).key);
});

test("the principal behind a session is part of its key (botocore's cache, aws-cli#10670)", () => {
  const one = harness({ credentials: { accessKeyId: "AKIA1", secretAccessKey: "s" } }).broker;
  const other = harness({ credentials: { accessKeyId: "AKIA2", secretAccessKey: "s" } }).broker;
  expect(one.role({ roleArn: ROLE }).key).not.toBe(other.role({ roleArn: ROLE }).key);
  const provider = async () => ({ accessKeyId: "AKIA1", secretAccessKey: "s" });
  const first = harness({ credentials: { id: "a", provider } }).broker;
  const second = harness({ credentials: { id: "b", provider } }).broker;
  expect(first.role({ roleArn: ROLE }).key).not.toBe(second.role({ roleArn: ROLE }).key);
  const token = async () => "jwt";
  const roles = [
    one.webIdentity({ roleArn: ROLE, token }),
    one.webIdentity({ roleArn: ROLE, token: async () => "jwt" }),
    one.webIdentity({ roleArn: ROLE, token, subject: "alice" }),
    one.webIdentity({ roleArn: ROLE, token, subject: "bob" }),
    one.role({ roleArn: ROLE }),
    one.role({ roleArn: ROLE, via: one.sessionToken() }),
    one.role({ roleArn: ROLE, via: one.role({ roleArn: `${ROLE}Hub` }) }),
  ];
  expect(new Set(roles.map(({ key }) => key)).size).toBe(roles.length);
});

test("what means the same session has the same key", () => {
  const { broker } = harness();
  const Statement = [{ Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: "*" }] as const;
  const same = [
    broker.role({
      roleArn: ROLE,
      policy: { Version: "2012-10-17", Statement },
      tags: { a: "1", B: "2" },
      durationSeconds: 3600,
    }),
    broker.role({
      tags: { B: "2", a: "1" },
      policy: JSON.stringify({ Statement, Version: "2012-10-17" }, undefined, 2),
      roleArn: ROLE,
    }),
  ];
  expect(new Set(same.map(({ key }) => key)).size).toBe(1);
});

function sorted(any: Canonical): Canonical {
  if (Array.isArray(any)) return any.map(sorted);
  if (typeof any !== "object" || any === null) return any;
  // As pairs, since integer-like field names have an order of their own in objects; in a record, for a list of pairs is
  // another value.
  const pairs = Object.entries(any as Record<string, Canonical>)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => [name, sorted(field)]);
  return { pairs };
}
