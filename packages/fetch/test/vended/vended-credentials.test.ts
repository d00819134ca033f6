import { inspect } from "node:util";
import { type CountersignEvent, createSigner } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import type { Fetch } from "../../src/index.ts";
import { vendedCredentials, type VendedCredentialsOptions } from "../../src/vended.ts";
import { localServer, nth } from "../local-server.ts";
import { type ManualClock, manualClock } from "../manual-clock.ts";

/** A JWT: other bytes for each id, one principal for each subject. */
const tokenOf = (sub: string, jti = 0): string =>
  `e30.${Buffer.from(JSON.stringify({ iss: "https://idp", sub, jti })).toString("base64url")}.c2ln`;

const HOUR = 3_600_000;

function scene(answers: readonly ((clock: ManualClock) => Response)[], change: Partial<VendedCredentialsOptions> = {}) {
  const clock = manualClock("stay");
  const sent: { url: string; init: RequestInit }[] = [];
  let tokens = 0;
  const events: CountersignEvent[] = [];
  const fetch: Fetch = async (input, init) => {
    sent.push({ url: input as string, init: init ?? {} });
    const answer = answers[Math.min(sent.length, answers.length) - 1];
    if (answer === undefined) throw new TypeError("fetch failed");
    return answer(clock);
  };
  const credentials = vendedCredentials({
    url: "https://broker.example.com",
    grant: "chat",
    getToken: () => tokenOf("ada", ++tokens),
    fetch,
    clock,
    onEvent: (event) => events.push(event),
    ...change,
  });
  return { credentials, clock, sent, events };
}

const vended =
  (accessKeyId: string, lifetimeMs = HOUR) =>
  (clock: ManualClock) =>
    Response.json({
      accessKeyId,
      secretAccessKey: `secret-of-${accessKeyId}`,
      sessionToken: `session-of-${accessKeyId}`,
      expiration: new Date(clock.now() + lifetimeMs).toISOString(),
    });
const status = (code: number) => () => new Response('{"error":"denied"}', { status: code });

describe("vendedCredentials", () => {
  it("asks the broker's grant with the user's token", async () => {
    await using server = await localServer((_request, response) =>
      response.end(
        JSON.stringify({
          accessKeyId: "ASIA1",
          secretAccessKey: "s",
          sessionToken: "t",
          expiration: new Date(Date.now() + HOUR).toISOString(),
        }),
      ),
    );
    const credentials = vendedCredentials({ url: `${server.origin}/broker/`, grant: "chat", getToken: () => "jwt" });
    expect((await credentials()).accessKeyId).toBe("ASIA1");
    expect(nth(server.received, 0)).toMatchObject({ method: "POST", path: "/broker/v1/vend/chat" });
    expect(nth(server.received, 0).headers["authorization"]).toBe("Bearer jwt");
  });

  it("asks once however many wait, and not again while they are fresh", async () => {
    const { credentials, sent } = scene([vended("ASIA1")]);
    await Promise.all(Array.from({ length: 50 }, () => credentials()));
    await credentials();
    expect(sent).toHaveLength(1);
    expect(credentials.peek()?.accessKeyId).toBe("ASIA1");
  });

  it("renews ahead of expiry in the background, with a new token", async () => {
    const { credentials, clock, sent } = scene([vended("ASIA1"), vended("ASIA2")]);
    await credentials();
    clock.advance(HOUR - 5 * 60_000);
    expect((await credentials()).accessKeyId).toBe("ASIA1");
    await expect.poll(() => credentials.peek()?.accessKeyId).toBe("ASIA2");
    const [first, second] = sent.map(({ init }) => new Headers(init.headers).get("authorization"));
    expect(first).toMatch(/^Bearer e30\./);
    expect(second).not.toBe(first);
  });

  it("serves what is unexpired while the broker is out of reach", async () => {
    const { credentials, clock } = scene([vended("ASIA1"), status(503)]);
    await credentials();
    clock.advance(HOUR - 30_000);
    expect((await credentials()).accessKeyId).toBe("ASIA1");
    clock.advance(30_000);
    await expect(credentials()).rejects.toMatchObject({ name: "FetchError", code: "VENDING_FAILED" });
  });

  it.each([401, 403, 410])("an expired or revoked grant (%i) is one typed error", async (code) => {
    const { credentials } = scene([status(code)]);
    await expect(credentials()).rejects.toMatchObject({ name: "FetchError", code: "GRANT_REFUSED" });
  });

  it("a revoked grant takes with it what it had granted", async () => {
    const { credentials, clock } = scene([vended("ASIA1"), status(403)]);
    await credentials();
    clock.advance(HOUR - 30_000);
    await expect(credentials()).rejects.toMatchObject({ code: "GRANT_REFUSED" });
    expect(credentials.peek()).toBeUndefined();
  });

  it("does not show the broker a token again that it just refused, but a new one at once", async () => {
    let token = "old";
    const { credentials, sent, clock } = scene([status(401), status(401), vended("ASIA1")], { getToken: () => token });
    await expect(credentials()).rejects.toMatchObject({ code: "GRANT_REFUSED" });
    await expect(credentials()).rejects.toMatchObject({ code: "GRANT_REFUSED" });
    expect(sent).toHaveLength(1);
    clock.advance(5001);
    await expect(credentials()).rejects.toMatchObject({ code: "GRANT_REFUSED" });
    token = "new";
    expect((await credentials()).accessKeyId).toBe("ASIA1");
  });

  it("asks again after a key was rejected", async () => {
    const { credentials, sent } = scene([vended("ASIA1"), vended("ASIA2")]);
    await credentials();
    credentials.invalidate({ accessKeyId: "ASIA1", reason: "rejected" });
    expect((await credentials()).accessKeyId).toBe("ASIA2");
    expect(sent).toHaveLength(2);
  });

  it.each([
    ["no JSON", () => new Response("<html>")],
    ["nothing", () => Response.json(null)],
    [
      "no session token",
      () => Response.json({ accessKeyId: "A", secretAccessKey: "s", expiration: "2030-01-01T00:00:00Z" }),
    ],
    ["no date", () => Response.json({ accessKeyId: "A", secretAccessKey: "s", sessionToken: "t", expiration: "soon" })],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "https://evil.example/" } })],
  ])("an answer with %s is a failure", async (_what, answer) => {
    await expect(scene([answer]).credentials()).rejects.toMatchObject({ code: "VENDING_FAILED" });
  });

  it("learns the broker's time, so that a wrong clock in a browser expires nothing", async () => {
    const brokersTime = new Date(Date.UTC(2026, 10, 23, 9)).toUTCString();
    const { credentials, clock } = scene([
      () => {
        const response = vended("ASIA1", -2 * HOUR)(clock);
        response.headers.set("date", brokersTime);
        return response;
      },
    ]);
    expect((await credentials()).accessKeyId).toBe("ASIA1");
    expect(Math.abs(clock.offsetMs + 3 * HOUR)).toBeLessThanOrEqual(1000);
  });

  it.each([
    [{ url: "http://broker.example.com" }, "PLAINTEXT_REFUSED"],
    [{ url: "https://user:pw@broker.example.com" }, "INVALID_OPTION"],
    [{ url: "broker" }, "INVALID_OPTION"],
    [{ url: "" }, "INVALID_OPTION"],
    [{ url: undefined as never }, "INVALID_OPTION"],
    [{ url: 5 as never }, "INVALID_OPTION"],
    [{ grant: "../admin" }, "INVALID_OPTION"],
    [{ grant: ".." }, "INVALID_OPTION"],
    [{ grant: "" }, "INVALID_OPTION"],
    [{ getToken: "token" as never }, "INVALID_OPTION"],
  ])("refuses %o at once", (change, code) => {
    expect(() => scene([], change)).toThrow(expect.objectContaining({ code }));
  });

  it("keeps token and secrets out of errors, events, logs and JSON", async () => {
    const { credentials, clock, events } = scene([vended("ASIA1"), status(500)], { getToken: () => "jwt-secret" });
    const held = await credentials();
    expect(held.secretAccessKey).toBe("secret-of-ASIA1");
    expect(createSigner({ region: "eu-west-1", credentials })).toBeDefined();
    clock.advance(HOUR);
    const error: unknown = await credentials().catch((caught: unknown) => caught);
    const broken: unknown = await scene([], { getToken: () => "jwt-secret\n" })
      .credentials()
      .catch((caught: unknown) => caught);
    const shown =
      inspect([held, error, broken, events, credentials], { depth: 9 }) + JSON.stringify([held, { ...held }, events]);
    expect(shown).not.toMatch(/jwt-secret|secret-of|session-of/u);
  });
});
