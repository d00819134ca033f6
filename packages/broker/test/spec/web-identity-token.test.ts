import { inspect } from "node:util";
import { startAws } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { createBroker } from "../../src/broker/create-broker.ts";
import type { StsAnswer } from "../../src/sts/sts.ts";
import { denied, down, harness, START, stsError, until } from "../harness.ts";

/** A harness whose STS issues tokens: the number of the token, for as long as it was asked. */
function tokens(options: Parameters<typeof harness>[0] = {}) {
  const h = harness(options);
  let issued = 0;
  h.sts = ({ input }): StsAnswer => {
    const now = Math.floor(h.clock.monotonic() / 1000) * 1000 + START;
    return {
      WebIdentityToken: `token-${++issued}`,
      Expiration: new Date(now + (input["DurationSeconds"] as number) * 1000),
      date: new Date(now),
    };
  };
  return h;
}

describe("webIdentityToken", () => {
  test("is one call for equal specs, however many wait, and another for another audience, tag or algorithm", async () => {
    const { broker, calls } = tokens();
    const spec = { audience: "https://api.example", tags: { team: "ml" } };
    const same = await Promise.all(Array.from({ length: 100 }, () => broker.webIdentityToken(spec)));
    expect(new Set(same.map(({ token }) => token))).toEqual(new Set(["token-1"]));
    expect(calls).toMatchObject([
      {
        operation: "GetWebIdentityToken",
        input: {
          Audience: ["https://api.example"],
          SigningAlgorithm: "RS256",
          DurationSeconds: 300,
          Tags: [{ Key: "team", Value: "ml" }],
        },
        accessKeyId: "AKIAEXAMPLESOURCE",
      },
    ]);
    await broker.webIdentityToken({ ...spec, audience: ["https://api.example"] });
    expect(calls).toHaveLength(1);
    const others = [{ audience: "https://b.example" }, { tags: {} }, { algorithm: "ES384" }, { lifetimeSeconds: 3600 }];
    const made = await Promise.all(others.map((change) => broker.webIdentityToken({ ...spec, ...change } as never)));
    expect(new Set(made.map(({ token }) => token)).size).toBe(4);
    expect(calls).toHaveLength(5);
  });

  test("is renewed ahead, and served while STS fails, to its end and not longer", async () => {
    const h = tokens();
    const ask = async () => (await h.broker.webIdentityToken({ audience: "a", lifetimeSeconds: 600 })).token;
    expect(await ask()).toBe("token-1");
    await h.clock.advance(6 * 60_000);
    expect(await ask()).toBe("token-1");
    await h.clock.advance(1000);
    expect(await ask()).toBe("token-2");
    h.sts = down;
    await h.clock.advance(9 * 60_000);
    expect(await until(h.clock, ask())).toBe("token-2");
    await h.clock.advance(3 * 60_000);
    await expect(until(h.clock, ask())).rejects.toMatchObject({ code: "CREDENTIALS_EXPIRED" });
  });

  test("belongs to the credentials that asked for it, and is dropped by a revocation", async () => {
    const h = tokens();
    await h.broker.webIdentityToken({ audience: "a" });
    await h.broker.webIdentityToken({ audience: "a", tenant: "t" });
    expect(h.calls).toHaveLength(2);
    await h.broker.revoke({});
    expect((await h.broker.webIdentityToken({ audience: "a" })).token).toBe("token-3");
  });

  test("shows in no log and no event", async () => {
    const { broker, events } = tokens();
    const made = await broker.webIdentityToken({ audience: "a" });
    expect(
      inspect([made, structuredClone({ made: made.toJSON() }), Object.assign({}, made)]) +
        JSON.stringify([made, events, broker.snapshot()]),
    ).not.toContain("token-1");
    expect(made.token).toBe("token-1");
    expect(made.expiresAt).toBeInstanceOf(Date);
  });

  test("an abort is the caller's own", async () => {
    const { broker } = tokens();
    const reason = new Error("enough");
    await expect(broker.webIdentityToken({ audience: "a" }, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    await expect(broker.webIdentityToken({ audience: "a" })).resolves.toMatchObject({ token: expect.any(String) });
  });

  test.each([
    ["a refusal", denied, "ACCESS_DENIED"],
    [
      "an account without outbound federation",
      () => {
        throw stsError("OutboundWebIdentityFederationDisabledException", 403, "not enabled");
      },
      "REQUEST_REJECTED",
    ],
    ["an answer without a token", () => ({ Expiration: new Date(START + 300_000) }), "STS_RESPONSE_INVALID"],
    ["an answer without an end", () => ({ WebIdentityToken: "t" }), "STS_RESPONSE_INVALID"],
  ])("%s is one call and a typed error", async (_, step, code) => {
    const h = harness();
    h.sts = step;
    await expect(h.broker.webIdentityToken({ audience: "a" })).rejects.toMatchObject({ name: "BrokerError", code });
    expect(h.calls).toHaveLength(1);
  });

  test.each([
    ["no audience", {}, /^audience: must be a list/],
    ["an empty audience", { audience: "" }, /^audience\[0\]: must be text of 1-1000/],
    ["eleven audiences", { audience: Array(11).fill("a") as string[] }, /^audience: must be 1 to 10 audiences, got 11/],
    ["a lifetime of a second", { audience: "a", lifetimeSeconds: 1 }, /^lifetimeSeconds: .* from 60 to 3600/],
    ["another algorithm", { audience: "a", algorithm: "none" }, /^algorithm: must be "RS256" or "ES384"/],
    ["a tag other than text", { audience: "a", tags: { a: 1 } }, /^tags\["a"\]/],
    ["another broker's role", { audience: "a", via: {} }, /^via: must be a role of this broker/],
    ["a misspelt field", { audiance: "a" }, /did you mean audience/],
  ])("refuses %s", async (_, spec, message) => {
    const { broker, calls } = tokens();
    await expect(broker.webIdentityToken(spec as never)).rejects.toMatchObject({
      code: "INVALID_SPEC",
      message: expect.stringMatching(message),
    });
    expect(calls).toHaveLength(0);
  });

  test.each(["RS256", "ES384"] as const)("is verified by a stranger with the issuer's keys: %s", async (algorithm) => {
    await using aws = await startAws();
    await using transport = createTransport({ ca: aws.ca });
    const { region, clock } = aws;
    const endpoint = { url: aws.url.sts };
    await using broker = createBroker({ region, credentials: aws.user, transport, clock, endpoint });
    const via = broker.role({ roleArn: aws.role("Caller").arn });
    const { token } = await broker.webIdentityToken({
      audience: "https://api.example",
      tags: { team: "ml" },
      algorithm,
      via,
    });
    const { payload } = await jwtVerify(token, createLocalJWKSet(aws.tokenKeys() as never), {
      audience: "https://api.example",
      algorithms: [algorithm],
      currentDate: new Date(clock.now()),
    });
    expect(payload.sub).toBe(aws.role("Caller").arn);
    expect(payload["https://sts.amazonaws.com/"]).toMatchObject({ request_tags: { team: "ml" } });
  });
});
