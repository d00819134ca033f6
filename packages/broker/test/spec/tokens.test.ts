import { inspect } from "node:util";
import { expect, test } from "vitest";
import { harness, ROLE, stsError, until } from "../harness.ts";

const SAML = "arn:aws:iam::111122223333:saml-provider/idp";

test("a token is read anew for each call, and its request carries no other credentials (aws-sdk-js-v3#5270)", async () => {
  const h = harness();
  let read = 0;
  const role = h.broker.webIdentity({ roleArn: ROLE, token: () => `jwt-${++read}\n`, subject: "issuer alice" });
  await role.get();
  await h.clock.advance(61 * 60_000);
  await role.get();
  expect(h.calls).toMatchObject([
    { operation: "AssumeRoleWithWebIdentity", input: { WebIdentityToken: "jwt-1" }, accessKeyId: undefined },
    { input: { WebIdentityToken: "jwt-2" } },
  ]);
});

test("a token that STS turns down is read once more, and sent again only if it changed", async () => {
  const h = harness();
  h.sts = ({ input }, _context, issue) => {
    if (input["WebIdentityToken"] !== "new") throw stsError("ExpiredTokenException", 400);
    return issue();
  };
  const tokens = ["old", "new"];
  await h.broker.webIdentity({ roleArn: ROLE, token: () => tokens.shift() ?? "new" }).get();
  expect(h.calls).toHaveLength(2);
  const stale = h.broker.webIdentity({ roleArn: ROLE, token: () => "old" });
  await expect(stale.get()).rejects.toMatchObject({
    code: "SOURCE_REJECTED",
    cause: { name: "ExpiredTokenException" },
  });
  expect(h.calls).toHaveLength(3);
});

test("a verification key that could not be fetched is no verdict on the token (aws-cli#7194)", async () => {
  const h = harness();
  let failures = 2;
  h.sts = (_call, _context, issue) => {
    if (failures-- > 0) {
      throw stsError("InvalidIdentityToken", 400, "Couldn't retrieve verification key from your identity provider");
    }
    return issue();
  };
  await until(h.clock, h.broker.webIdentity({ roleArn: ROLE, token: () => "jwt" }).get(), 100);
  expect(h.calls).toHaveLength(3);
});

test("a token that cannot be read is the source's failure, and shows in no error", async () => {
  const { broker } = harness();
  const role = broker.webIdentity({
    roleArn: ROLE,
    token: async (): Promise<string> => {
      throw new Error("ENOENT: /var/run/token");
    },
  });
  await expect(role.get()).rejects.toMatchObject({
    code: "SOURCE_UNAVAILABLE",
    cause: { message: "ENOENT: /var/run/token" },
  });
  const h = harness();
  const jwt = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl`;
  h.sts = ({ input }) => {
    throw stsError("IDPRejectedClaim", 403, `the token ${input["WebIdentityToken"] as string} was rejected`);
  };
  const error = await h.broker
    .webIdentity({ roleArn: ROLE, token: () => jwt })
    .get()
    .catch((failed: unknown) => failed);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(jwt);
  expect(inspect(h.events, { depth: 9 })).not.toContain(jwt);
});

test("the other operations send what they were given", async () => {
  const { broker, calls } = harness();
  await broker.saml({ roleArn: ROLE, principalArn: SAML, assertion: () => "PHNhbWw+", durationSeconds: 900 }).get();
  await broker.sessionToken().get();
  await broker.federationToken({ name: "alice", tags: { a: "b" } }).get();
  const root = await broker
    .assumeRoot({
      targetPrincipal: "111122223333",
      taskPolicyArn: "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy",
    })
    .get();
  expect(calls.map(({ operation, input }) => [operation, input])).toEqual([
    ["AssumeRoleWithSAML", { RoleArn: ROLE, PrincipalArn: SAML, SAMLAssertion: "PHNhbWw+", DurationSeconds: 900 }],
    ["GetSessionToken", { DurationSeconds: 43_200 }],
    ["GetFederationToken", { Name: "alice", Tags: [{ Key: "a", Value: "b" }], DurationSeconds: 43_200 }],
    [
      "AssumeRoot",
      {
        TargetPrincipal: "111122223333",
        TaskPolicyArn: { arn: "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy" },
        DurationSeconds: 900,
      },
    ],
  ]);
  expect(root.accountId).toBe("111122223333");
});

test("a session name is stable, made from the template, and fit for STS", async () => {
  const h = harness({ sessionName: "svc-{tenant}@{role}" });
  await h.broker.role({ roleArn: ROLE, tenant: "Größe 1/x" }).get();
  await h.broker.role({ roleArn: ROLE, sessionName: "alice" }).get();
  expect(h.calls.map(({ input }) => input["RoleSessionName"])).toEqual(["svc-Gr--e-1-x@Inference", "alice"]);
  expect(() => harness({ sessionName: "svc-{time}" })).toThrow(/sessionName: must be .*\{tenant\}/u);
});

test("the message of a failing source, token or code function is on the cause only, without the token", async () => {
  const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
  const fail = async (): Promise<never> => {
    throw new Error(`cannot use ${jwt}`);
  };
  const { broker } = harness({ credentials: fail });
  const mfa = { serialNumber: "arn:aws:iam::111122223333:mfa/alice", code: fail };
  const own = harness();
  for (const role of [
    broker.role({ roleArn: ROLE }),
    broker.webIdentity({ roleArn: ROLE, token: fail }),
    own.broker.role({ roleArn: ROLE, mfa }),
  ]) {
    const error: Error = await role.get().then(
      () => expect.unreachable(),
      (failure: Error) => failure,
    );
    expect(error.message).not.toContain("cannot use");
    expect(error.cause).toMatchObject({ message: "cannot use <removed>" });
    expect(inspect(error, { depth: 9 })).not.toContain(jwt);
  }
});
