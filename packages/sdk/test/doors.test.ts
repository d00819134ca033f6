import { createClock } from "@countersign/signer";
import { SignatureV4, signatureV4aContainer } from "@smithy/signature-v4";
import type { AwsCredentialIdentity, HttpRequest } from "@smithy/types";
import { describe, expect, it } from "vitest";
import { countersigned, type CountersignedOptions, invalidateOnAuthError } from "../src/index.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const options = { region: "eu-west-1", credentials };
const still = createClock({ wall: () => Date.UTC(2026, 10, 30), monotonic: () => 0 });

/** The method that Amazon S3's clients call is no part of the SDK's type. */
type Signer = SignatureV4 & {
  signWithCredentials?(request: HttpRequest, session: AwsCredentialIdentity): Promise<HttpRequest>;
};

const refusal = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe("countersigned", () => {
  it.each<[string, object | undefined, RegExp]>([
    [
      "an option of the client",
      { ...options, endpoint: "https://evil.test" },
      /^endpoint: is not an option; the options/,
    ],
    ["a misspelt option", { ...options, tranpsort: {} }, /^tranpsort: is not an option; did you mean transport\?$/],
    ["no arguments", undefined, /^region: must be a Region/],
    ["no region", { credentials }, /^region: must be a Region/],
    ["a region that names a host", { ...options, region: "eu-west-1#.evil.test" }, /^region: must be a Region/],
    ["a region with a path", { ...options, region: "eu-west-1/x" }, /^region: must be a Region/],
    ["a clock with one reading", { ...options, clock: { now: () => 0 } }, /^clock: must be a clock/],
    [
      "a transport that is an SDK handler",
      { ...options, transport: { handle() {} } },
      /^transport: must be a transport/,
    ],
    ["the name of a posture", { ...options, guard: "private" }, /^guard: must be a guard/],
    ["half a guard", { ...options, guard: { enforceRequest() {} } }, /^guard: must be a guard/],
    ["a listener that is an object", { ...options, onEvent: {} }, /^onEvent: must be a function/],
    ["a list", [options], /^options: must be an object/],
    ["null", null as never, /^options: must be an object/],
  ])("refuses %s", (_, given, message) => {
    expect(refusal(() => countersigned(given as CountersignedOptions))).toMatchObject({
      name: "SdkError",
      code: "INVALID_OPTION",
      message: expect.stringMatching(message),
    });
  });

  it("tells credentials that are missing by a typed error", () => {
    expect(refusal(() => countersigned({ region: "eu-west-1" } as never))).toMatchObject({ code: "INVALID_OPTION" });
  });

  it.each(["transport", "guard", "clock", "onEvent", "requestHandler"])(
    "is not changed by a polluted Object.prototype with %s",
    async (name) => {
      const evil = {
        requestHandler: () => "taken over",
        enforceRequest: () => Promise.reject(new Error("taken over")),
        remember: () => {},
        private: true,
      };
      // oxlint-disable-next-line no-extend-native -- this is the attack
      Object.defineProperty(Object.prototype, name, { value: evil, configurable: true, writable: true });
      try {
        const { signerConstructor, requestHandler, ...rest } = countersigned(options);
        expect(requestHandler).not.toBe("taken over");
        const signer = new signerConstructor({ ...rest, service: "sagemaker" });
        await expect(signer.sign(request({}))).resolves.toBeDefined();
      } finally {
        delete (Object.prototype as Record<string, unknown>)[name];
      }
    },
  );
});

it.each([[{}], [{ private: false }]])(
  "tells the guard of no private addresses with private in a polluted Object.prototype: a transport with %o",
  async (part) => {
    const seen: unknown[] = [];
    const guard = {
      enforceRequest: async (_request: unknown, how: unknown) => void seen.push(how),
      remember() {},
    };
    const transport = { requestHandler: () => ({ handle() {} }), ...part };
    // oxlint-disable-next-line no-extend-native -- this is the attack
    Object.defineProperty(Object.prototype, "private", { value: true, configurable: true, writable: true });
    try {
      const given = { ...options, guard, transport } as unknown as CountersignedOptions;
      const { signerConstructor, requestHandler: _handler, ...rest } = countersigned(given);
      await new signerConstructor({ ...rest, service: "sagemaker" }).sign(request({}));
    } finally {
      delete (Object.prototype as Record<string, unknown>)["private"];
    }
    expect(seen).toEqual([{ privateAddresses: false }]);
  },
);

it.each<[string, unknown]>([
  ["signingRegion", "us-east-1"],
  ["signingService", "s3"],
  ["signingDate", new Date(0)],
  ["expiresIn", 604_800],
  ["signableHeaders", new Set(["host"])],
  ["unsignableHeaders", new Set(["host", "x-amz-date"])],
  ["hoistableHeaders", new Set()],
  ["unhoistableHeaders", new Set(["x-amz-date"])],
  ["applyChecksum", false],
  ["port", 8443],
  ["toJSON", () => "one name for all"],
])("signs and presigns the same with %s in a polluted Object.prototype", async (name, evil) => {
  const { signerConstructor, requestHandler: _handler, ...rest } = countersigned({ ...options, clock: still });
  const signer = new signerConstructor({ ...rest, service: "sagemaker" });
  const make = async (): Promise<unknown[]> => {
    const [sent, presigned, east] = [
      await signer.sign(request({})),
      await signer.presign(request({})),
      await signer.sign(request({}), { signingRegion: "us-east-1" }),
    ];
    return [sent.port, sent.headers, presigned.port, presigned.headers, presigned.query, east.headers];
  };
  const before = await make();
  // oxlint-disable-next-line no-extend-native -- this is the attack
  Object.defineProperty(Object.prototype, name, { value: evil, configurable: true, writable: true });
  try {
    expect(await make()).toEqual(before);
  } finally {
    delete (Object.prototype as Record<string, unknown>)[name];
  }
});

it.each<[string, (signer: Signer) => Promise<HttpRequest>]>([
  ["signs", (signer) => signer.sign(request({}))],
  ["presigns", (signer) => signer.presign(request({}))],
  ["signs with a session's credentials", (signer) => signer.signWithCredentials!(request({}), { ...credentials })],
  [
    "signs for a set of Regions",
    async (signer) => {
      signatureV4aContainer.SignatureV4a = SignatureV4 as never;
      const signed = await signer.sign(request({}), { signingRegion: "*" });
      signatureV4aContainer.SignatureV4a = null;
      return signed;
    },
  ],
])("the SDK's signer %s with no token of a polluted Object.prototype", async (_what, sign) => {
  const { signerConstructor, requestHandler: _handler, ...rest } = countersigned({ ...options, clock: still });
  const signer: Signer = new signerConstructor({ ...rest, service: "s3" });
  // oxlint-disable-next-line no-extend-native -- this is the attack
  Object.defineProperty(Object.prototype, "sessionToken", { value: "evil", configurable: true, writable: true });
  const signed = await sign(signer).finally(() => Reflect.deleteProperty(Object.prototype, "sessionToken"));
  expect(JSON.stringify([signed.headers, signed.query])).not.toContain("evil");
});

describe("invalidateOnAuthError", () => {
  const client = { config: {}, middlewareStack: { add() {} } };
  it.each<[string, unknown, unknown, RegExp]>([
    ["no client", undefined, { invalidate() {} }, /^client: must be/],
    ["something that is not a client", {}, { invalidate() {} }, /^client: must be/],
    ["fixed keys for a role", client, credentials, /^role: must be/],
    ["no role", client, undefined, /^role: must be/],
  ])("refuses %s", (_, given, role, message) => {
    expect(refusal(() => invalidateOnAuthError(given as never, role as never))).toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringMatching(message),
    });
  });
});

function request(change: Partial<HttpRequest>): HttpRequest {
  const host = "api.sagemaker.eu-west-1.amazonaws.com";
  return {
    method: "POST",
    protocol: "https:",
    hostname: host,
    path: "/",
    query: {},
    headers: { host },
    body: "{}",
    ...change,
  };
}

describe("what is signed is what is sent", () => {
  const host = "api.sagemaker.eu-west-1.amazonaws.com";
  const { signerConstructor, ...rest } = countersigned(options);
  const signer = new signerConstructor({ ...rest, service: "sagemaker" });

  it.each<[string, Partial<HttpRequest>]>([
    ["a host header of AWS on its way elsewhere", { hostname: "evil.test", headers: { host } }],
    ["the same in other letters", { hostname: "evil.test", headers: { Host: host } }],
    ["the same for HTTP/2", { hostname: "evil.test", headers: { ":authority": host } }],
    ["a host header with another port", { headers: { host: `${host}:8443` } }],
    ["a host header with the port of TLS over http:", { protocol: "http:", headers: { host: `${host}:443` } }],
    ["a host header with the port of http: over TLS", { headers: { host: `${host}:80` } }],
    ["user info before the host", { hostname: `${host}@evil.test`, headers: {} }],
    ["a path in the host", { hostname: `evil.test/${host}`, headers: {} }],
    ["a port in the host", { hostname: `${host}:1`, headers: {} }],
    ["a path that continues the host", { path: "@evil.test/", headers: {} }],
    ["a port that is not a number", { port: "443@evil.test" as never, headers: {} }],
    ["a port that is a symbol", { port: Symbol("443") as never, headers: {} }],
    ["a port without a prototype", { port: Object.create(null) as never, headers: {} }],
    ["a parameter without a prototype", { query: { a: [Object.create(null) as never] } }],
  ])("refuses %s", async (_, change) => {
    await expect(signer.sign(request(change))).rejects.toMatchObject({ name: "SdkError", code: "INVALID_REQUEST" });
    await expect(signer.presign(request(change))).rejects.toMatchObject({ name: "SdkError", code: "INVALID_REQUEST" });
  });

  it.each<[string, unknown]>([
    ["a symbol", Symbol("now")],
    ["null", null],
    ["an object without a prototype", Object.create(null)],
    ["an invalid date", new Date(NaN)],
    ["the word yesterday", "yesterday"],
    ["NaN", NaN],
  ])("refuses %s as date, at the SDK's own signer too", async (_, signingDate) => {
    const refused = {
      name: "SdkError",
      code: "INVALID_OPTION",
      message: expect.stringMatching(/^signingDate: must be a Date/u) as string,
    };
    for (const service of ["sagemaker", "s3"]) {
      const asked = { signingDate: signingDate as never, signingService: service };
      await expect(signer.sign(request({}), asked)).rejects.toMatchObject(refused);
      await expect(signer.presign(request({}), asked)).rejects.toMatchObject(refused);
    }
  });

  it.each([1_790_000_000, "1790000000", "2026-09-21T14:13:20Z", new Date(1_790_000_000_000)])(
    "takes the date %s, as the SDK does",
    async (signingDate) => {
      for (const signingService of ["sagemaker", "s3"]) {
        const { headers } = await signer.sign(request({}), { signingDate, signingService });
        expect(headers["x-amz-date"]).toBe("20260921T141320Z");
      }
    },
  );

  it.each<[string, Partial<HttpRequest>]>([
    ["the default port in the header", { headers: { host: `${host}:443` } }],
    ["the default port of http: in the header", { protocol: "http:", headers: { host: `${host}:80` } }],
    ["another port in both", { port: 8443, headers: { host: `${host}:8443` } }],
    ["capital letters", { headers: { host: host.toUpperCase() } }],
    ["an IPv6 address", { hostname: "[::1]", headers: { host: "[::1]" } }],
    ["slashes at the start of the path", { path: "//evil.test/x" }],
  ])("takes %s", async (_, change) => {
    await expect(signer.sign(request(change))).resolves.toMatchObject({ hostname: change.hostname ?? host });
  });
});
