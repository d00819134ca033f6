import { createHash } from "node:crypto";
import { createClock, isExpired } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import { sources } from "../../src/sources/sources.ts";
import { type Answer, createHome, recordingTransport, stsAnswer } from "./fixture.ts";

const HOUR = 3_600_000;
const TRUTH = Date.UTC(2026, 4, 21, 12);
const END = new Date(TRUTH + HOUR);
const date = (ms: number): Record<string, string> => ({ date: new Date(ms).toUTCString() });

const keys = { accessKeyId: "ASIA", secretAccessKey: "s", sessionToken: "t", expiration: END.getTime() };
const container = { AccessKeyId: "ASIA", SecretAccessKey: "s", Token: "t", Expiration: END.toISOString() };

/** An issuer that answers over TLS: its answer, and the source that asks it. */
interface Issuer {
  readonly answer: Answer;
  readonly make: (options: object, env: object) => () => Promise<never>;
}

const issuers: Readonly<Record<string, Issuer>> = {
  "the portal of IAM Identity Center": {
    answer: { body: JSON.stringify({ roleCredentials: keys }) },
    make: (options, env) =>
      sources.sso({ session: "corp", accountId: "111122223333", roleName: "R", ...options, env } as never) as never,
  },
  "a container's endpoint": {
    answer: { body: JSON.stringify(container) },
    make: (options, env) =>
      sources.container({
        ...options,
        env: { ...env, AWS_CONTAINER_CREDENTIALS_FULL_URI: "https://keys.example.com/x" },
      } as never) as never,
  },
  "STS, for a token file": {
    answer: stsAnswer(
      {
        url: "",
        headers: {},
        body: "Action=AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::111122223333:role/r&RoleSessionName=countersign",
      },
      "ASIA",
      END.toISOString(),
    ),
    make: (options, env) => sources.webIdentity({ ...options, env, region: "eu-west-1" } as never) as never,
  },
};

/** What a source hands out on a machine whose clock is ahead by so much, and whether that clock takes it for expired. */
async function ask({ answer, make }: Issuer, aheadMs: number, headers: Readonly<Record<string, string>>) {
  using home = createHome("[sso-session corp]\nsso_start_url = https://d.awsapps.com/start\nsso_region = us-west-2\n");
  const cache = `.aws/sso/cache/${createHash("sha1").update("corp").digest("hex")}.json`;
  home.write(cache, JSON.stringify({ accessToken: "sso-token", expiresAt: "2099-01-01T00:00:00Z" }));
  const env = {
    ...home.env,
    AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/r",
    AWS_WEB_IDENTITY_TOKEN_FILE: home.write("token", "a.b.c"),
  };
  const clock = createClock({ wall: () => TRUTH + aheadMs, monotonic: () => 1 });
  const { transport } = recordingTransport(() => ({ ...answer, headers }));
  const found = await make({ transport, clock }, env)();
  return { expired: isExpired(found, clock), offsetMs: clock.offsetMs };
}

describe.each(Object.entries(issuers))("kind: a hint from outside never locks us in: %s", (_name, issuer) => {
  // A Date header has whole seconds.
  it("hands out credentials that a clock which is ahead from the start takes for expired: usable at once", async () => {
    expect(await ask(issuer, 2 * HOUR, date(TRUTH))).toEqual({ expired: false, offsetMs: -2 * HOUR + 1000 });
  });

  it.each<[string, number, Record<string, string>, boolean]>([
    ["a wrong date does not correct a clock by which they are valid", 0, date(TRUTH + 3 * HOUR), false],
    ["nor a date behind", 0, date(TRUTH - 3 * HOUR), false],
    ["credentials that had expired by the answer's own date prove nothing", 2 * HOUR, date(TRUTH + HOUR + 1000), true],
    ["nor does an answer from a cache", 2 * HOUR, { ...date(TRUTH), age: "5" }, true],
    ["nor one without a date", 2 * HOUR, {}, true],
    ["nor one whose date cannot be read", 2 * HOUR, { date: "yesterday" }, true],
  ])("%s", async (_what, aheadMs, headers, expired) => {
    expect(await ask(issuer, aheadMs, headers)).toEqual({ expired, offsetMs: 0 });
  });
});
