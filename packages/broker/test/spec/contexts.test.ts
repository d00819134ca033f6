import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createManualClock } from "@countersign/testing";
import { describe, expect, test } from "vitest";
import { cliCacheKey } from "../../src/store/cli-cache-key.ts";
import { fileStore } from "../../src/store/file-store.ts";
import { harness, ROLE, stsError } from "../harness.ts";

const providerArn = "arn:aws:iam::aws:contextProvider/IdentityCenter";

describe("contexts of a role", () => {
  test("are sent as ProvidedContexts, and each user has a session of their own", async () => {
    const { broker, calls } = harness();
    const role = (assertion: string) => broker.role({ roleArn: ROLE, contexts: [{ providerArn, assertion }] });
    const plain = await broker.role({ roleArn: ROLE }).get();
    const alice = await role("assertion-of-alice").get();
    const bob = await role("assertion-of-bob").get();
    expect(await role("assertion-of-alice").get()).toBe(alice);
    expect(new Set([plain, alice, bob].map(({ accessKeyId }) => accessKeyId)).size).toBe(3);
    expect(calls.map(({ input }) => input["ProvidedContexts"])).toEqual([
      undefined,
      [{ ProviderArn: providerArn, ContextAssertion: "assertion-of-alice" }],
      [{ ProviderArn: providerArn, ContextAssertion: "assertion-of-bob" }],
    ]);
  });

  test("of a function are read for each call, and sent again only when they changed", async () => {
    const h = harness();
    const assertions = ["old-assertion", "new-assertion"];
    const assertion = async (): Promise<string> => assertions.shift() ?? "new-assertion";
    h.sts = ({ input }, _context, issue) => {
      const [{ ContextAssertion } = { ContextAssertion: "" }] = input["ProvidedContexts"] as {
        ContextAssertion: string;
      }[];
      if (ContextAssertion === "old-assertion") throw stsError("ExpiredTokenException", 400);
      return issue();
    };
    await h.broker.role({ roleArn: ROLE, contexts: [{ providerArn, assertion, subject: "alice" }] }).get();
    expect(h.calls).toHaveLength(2);
  });

  test("come along with a one-time code", async () => {
    const { broker, calls } = harness();
    const mfa = { serialNumber: "arn:aws:iam::111122223333:mfa/user", code: async () => "123456" };
    await broker.role({ roleArn: ROLE, mfa, contexts: [{ providerArn, assertion: "assertion" }] }).get();
    expect(calls[0]?.input).toMatchObject({
      TokenCode: "123456",
      ProvidedContexts: [{ ContextAssertion: "assertion" }],
    });
  });

  test("are not in keys, events, snapshots and errors", async () => {
    const h = harness();
    const role = h.broker.role({ roleArn: ROLE, contexts: [{ providerArn, assertion: "a-secret-assertion" }] });
    await role.get();
    h.sts = () => {
      throw stsError("InvalidParameterValue", 400, "bad");
    };
    const failing = h.broker.role({ roleArn: ROLE, contexts: [{ providerArn, assertion: "a-secret-assertion-2" }] });
    const error = (await failing.get().catch((thrown: unknown) => thrown)) as Error;
    expect(JSON.stringify([role.key, h.events, h.broker.snapshot(), error.message, error])).not.toContain("a-secret");
  });

  test("of another user are not found in the cache of the AWS CLI", async () => {
    const directory = mkdtempSync(join(tmpdir(), "countersign-cli-cache-"));
    try {
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      const Credentials = { AccessKeyId: "ASIACACHED", SecretAccessKey: "s", SessionToken: "t", Expiration };
      const AssumedRoleUser = { Arn: "arn:aws:sts::111122223333:assumed-role/Inference/x", AssumedRoleId: "A:x" };
      const file = join(directory, `${cliCacheKey({ RoleArn: ROLE })}.json`);
      writeFileSync(file, JSON.stringify({ Credentials, AssumedRoleUser }), { mode: 0o600 });
      const { broker, calls } = harness({ store: fileStore({ directory }), clock: createManualClock(Date.now()) });
      expect((await broker.role({ roleArn: ROLE }).get()).accessKeyId).toBe("ASIACACHED");
      expect(calls).toHaveLength(0);
      const contexts = [{ providerArn, assertion: "assertion-of-alice" }];
      expect((await broker.role({ roleArn: ROLE, contexts }).get()).accessKeyId).not.toBe("ASIACACHED");
      expect(calls).toHaveLength(1);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test.each([
    [
      "six",
      Array.from({ length: 6 }, () => ({ providerArn, assertion: "assertion" })),
      /^contexts: must be 0 to 5 contexts, got 6/,
    ],
    ["a provider other than an ARN", [{ providerArn: "idp", assertion: "assertion" }], /^contexts\[0\]\.providerArn: /],
    ["an assertion that is too long", [{ providerArn, assertion: "x".repeat(2049) }], /^contexts\[0\]\.assertion: /],
    ["a misspelt field", [{ providerArn, asertion: "x" }], /did you mean assertion/],
    ["text", "assertion", /^contexts: must be a list/],
  ])("refuses %s", (_, contexts, message) => {
    const { broker } = harness();
    expect(() => broker.role({ roleArn: ROLE, contexts: contexts as never })).toThrow(
      expect.objectContaining({ code: "INVALID_SPEC", message: expect.stringMatching(message) }),
    );
  });

  test("a function that returns no assertion is the source's failure", async () => {
    const { broker, calls } = harness();
    const assertion = async (): Promise<string> => "";
    await expect(broker.role({ roleArn: ROLE, contexts: [{ providerArn, assertion }] }).get()).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      cause: { message: "contexts[0].assertion: must return text of 4-2048 characters" },
    });
    expect(calls).toHaveLength(0);
  });
});
