import { describe, expect, it } from "vitest";
import { createPlainSigner, type PlainRequest } from "../../src/async.ts";
import { createClock, createSigner, type SignableRequest } from "../../src/index.ts";
import { outcome, random, randomRequest } from "../random-request.ts";

const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const region = "eu-west-1";
const service = "sagemaker";
const url = new URL("https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations");
const clock = { now: () => Date.UTC(2026, 10, 29, 12) };

/** As the platform reads a request. */
function plain({ method = "GET", url: address, headers, body = null }: SignableRequest): PlainRequest {
  return {
    method: method.toUpperCase(),
    url: new URL(address),
    headers: new Headers(headers as Record<string, string>),
    body: body as string | Uint8Array | null,
  };
}

describe("createPlainSigner", () => {
  it("signs as createSigner does, whatever the request", async () => {
    const pick = random(20_261_130);
    let now = Date.UTC(2026, 10, 29, 23, 50);
    const moving = {
      now: () => now,
      wall: () => now,
      monotonic: () => now,
      offsetMs: 0,
      sleep: async () => {},
      observe() {},
    };
    for (const given of [credentials, { ...credentials, sessionToken: undefined }]) {
      const sync = createSigner({ region, service, credentials: given, clock: moving });
      const sign = createPlainSigner({ region, service, credentials: async () => given, clock: moving });
      for (let count = 0; count < 1000; count++) {
        const request = randomRequest(pick);
        const expected = await outcome(() => sync.signSync(request).headers);
        expect(await outcome(async () => (await sign(plain(request))).headers)).toEqual(expected);
        now += pick(2000);
      }
    }
  });

  it.each([
    ["last", ["1", ""]],
    ["first", ["", "1"]],
    ["only", [""]],
    ["every", ["", " "]],
  ])("signs as createSigner does, where the %s of the values of one name is empty", async (_which, values) => {
    const headers = values.map((value): [string, string] => ["x-amz-a", value]);
    const sign = createPlainSigner({ region, service, credentials: async () => credentials, clock });
    const sent = (await sign({ method: "GET", url, headers: new Headers(headers), body: null })).headers;
    // What fetch sends has no white space at its ends.
    const { authorization, "x-amz-a": joined = "" } = Object.fromEntries(new Headers(sent));
    const sync = createSigner({ region, service, credentials, clock: { ...createClock(), now: clock.now } });
    const expected = sync.signSync({ method: "GET", url: url.href, headers: { "x-amz-a": joined } });
    expect(authorization).toBe(expected.headers["authorization"]);
  });

  it("replaces the headers of an earlier signature, and those that every fetch writes itself", async () => {
    const given = { ...credentials, sessionToken: undefined };
    const sign = createPlainSigner({ region, service, credentials: async () => given, clock });
    const earlier = {
      authorization: "AWS4-HMAC-SHA256 old",
      host: "evil.test",
      "content-length": "5",
      "x-amz-content-sha256": "old",
      "x-amz-date": "old",
      "x-amz-security-token": "another user's",
    };
    const bare: PlainRequest = { method: "GET", url, headers: new Headers(), body: null };
    expect(await sign({ ...bare, headers: new Headers(earlier) })).toEqual(await sign(bare));
  });

  it.each([
    ["a region", { region: "eu/west" }, "INVALID_REGION"],
    ["a service", { service: "sage maker" }, "INVALID_SERVICE"],
    ["Amazon S3", { service: "s3" }, "INVALID_SERVICE"],
    ["Amazon S3 Express", { service: "s3express" }, "INVALID_SERVICE"],
  ])("refuses %s that it cannot sign for", (_what, change, code) => {
    const make = (): unknown =>
      createPlainSigner({ region, service, credentials: async () => credentials, clock, ...change });
    expect(make).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    ["with a line break", { ...credentials, accessKeyId: "A\nB" }, "INVALID_ACCESS_KEY"],
    ["absent", undefined, "CREDENTIALS_UNAVAILABLE"],
  ])("refuses credentials that are %s", async (_what, given, code) => {
    const sign = createPlainSigner({ region, service, credentials: async () => given as never, clock });
    const request: PlainRequest = { method: "GET", url, headers: new Headers(), body: null };
    await expect(sign(request)).rejects.toMatchObject({ code });
  });

  it("signs with what its provider answers, also when the clock says that it has expired", async () => {
    const expired = { ...credentials, expiration: new Date(clock.now()) };
    const sign = createPlainSigner({ region, service, credentials: async () => expired, clock });
    const { accessKeyId } = await sign({ method: "GET", url, headers: new Headers(), body: null });
    expect(accessKeyId).toBe(credentials.accessKeyId);
  });

  it("refuses a signed header outside ASCII, and passes on one that is not signed", async () => {
    const sign = createPlainSigner({ region, service, credentials: async () => credentials, clock });
    const signed = { method: "GET", url, headers: new Headers({ "x-amz-a": "\xe9" }), body: null };
    await expect(sign(signed)).rejects.toMatchObject({ code: "INVALID_HEADER" });
    expect(await sign({ ...signed, headers: new Headers({ other: "\xe9" }) })).toMatchObject({
      headers: { other: "\xe9" },
      accessKeyId: credentials.accessKeyId,
    });
  });
});
