import { expect, test } from "vitest";
import { harness, ROLE, settle, SOURCE, stsError } from "../harness.ts";

test("while STS rejects the broker's own key the broker tries it again by itself, and notices its repair", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  h.sts = () => {
    throw stsError("InvalidClientTokenId", 403);
  };
  await expect(role.get()).rejects.toMatchObject({ code: "SOURCE_REJECTED" });
  const { source } = h.broker.snapshot();
  expect(source?.rejected).toMatchObject({ accessKeyId: SOURCE.accessKeyId, code: "SOURCE_REJECTED" });
  const asked = h.calls.length;
  await h.clock.advance(30_000);
  h.tick();
  await settle();
  expect(h.calls.length).toBeGreaterThan(asked);
  h.sts = (_call, _context, issue) => issue();
  await h.clock.advance(30_000);
  h.tick();
  await settle();
  expect(h.broker.snapshot().source).toEqual({});
  const reports = h.events.filter(({ name }) => name.startsWith("source."));
  expect(reports.at(0)).toMatchObject({ name: "source.rejected", region: "eu-west-1", reason: expect.any(String) });
  expect(reports.at(-1)).toMatchObject({ name: "source.accepted", accessKeyId: SOURCE.accessKeyId });
});

test.each([
  ["AccessDenied", 403],
  ["MalformedPolicyDocument", 400],
])("%s of one role says nothing against the broker's key", async (name, status) => {
  const h = harness();
  h.sts = () => {
    throw stsError(name, status);
  };
  await expect(h.broker.role({ roleArn: ROLE }).get()).rejects.toBeDefined();
  expect(h.broker.snapshot().source).toEqual({});
});

test("a rejected token of a web identity says nothing against the broker's key", async () => {
  const h = harness();
  h.sts = () => {
    throw stsError("InvalidIdentityToken", 400);
  };
  await expect(h.broker.webIdentity({ roleArn: ROLE, token: () => "jwt" }).get()).rejects.toMatchObject({
    code: "SOURCE_REJECTED",
  });
  expect(h.broker.snapshot().source).toEqual({});
});

test("a rejected key of a parent role says nothing against the broker's key", async () => {
  const h = harness();
  const parent = h.broker.role({ roleArn: ROLE });
  h.sts = (call, _context, issue) => {
    if (call.accessKeyId !== SOURCE.accessKeyId) throw stsError("ExpiredToken", 400);
    return issue();
  };
  await expect(h.broker.role({ roleArn: `${ROLE}2`, via: parent }).get()).rejects.toMatchObject({
    code: "SOURCE_REJECTED",
  });
  expect(h.broker.snapshot().source).toEqual({});
});
