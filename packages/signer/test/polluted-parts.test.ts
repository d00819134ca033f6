import { channel } from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import { createAsyncSigner, createPageSigner } from "../src/async.ts";
import { parseEndpoint, resolveEndpoint } from "../src/endpoints.ts";
import { createSigner, prepare, presignRequest, SignerError, signRequest } from "../src/index.ts";
import { channelOf } from "../src/platform/node/diagnostics.ts";
import { createVerifier } from "../src/verify.ts";
import { handClock } from "./clock/hand-clock.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations";
const names: string[] = [];

function pollute(name: string, value: unknown): void {
  names.push(name);
  Reflect.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: true });
}

afterEach(() => {
  for (const name of names.splice(0)) Reflect.deleteProperty(Object.prototype, name);
});

describe("a polluted Object.prototype does not reach the parts of", () => {
  it.each(["port", "vpcPrefix", "dual", "dualOnly", "oneSuffix", "commercialFips", "govFips", "fipsDual", "global"])(
    "a host, by %s",
    (name) => {
      const resolve = () =>
        (["sagemaker", "sagemaker-metrics", "sts"] as const).flatMap((service) => [
          resolveEndpoint({ service, region: "eu-west-1" }).url.href,
          resolveEndpoint({ service, region: "us-east-1", fips: true }).url.href,
          parseEndpoint(`https://${service}.evil.test/`),
        ]);
      const before = resolve();
      pollute(name, ".evil.test");
      expect(resolve()).toEqual(before);
    },
  );

  it.each(["signedHeaders", "regionSet", "algorithm", "tokenParameter", "rules"])("a signing scope, by %s", (name) => {
    const context = { region: "eu-west-1", service: "sagemaker", credentials, date: new Date(0) };
    const make = () => [
      signRequest({ method: "GET", url }, context).headers,
      presignRequest({ url }, { ...context, expiresIn: 60 }).url,
    ];
    const before = make();
    pollute(name, "evil");
    expect(make()).toEqual(before);
  });

  it.each(["get", "set", "value", "writable"])("a descriptor of a result, by %s", async (name) => {
    const scope = { region: "eu-west-1", service: "sagemaker", credentials };
    const context = { ...scope, date: new Date(0) };
    const signer = createSigner(scope);
    const make = async () => [
      signRequest({ method: "GET", url }, context).stringToSign,
      presignRequest({ url }, { ...context, expiresIn: 60 }).canonicalRequest,
      JSON.stringify(signRequest({ method: "GET", url }, context)),
      Object.keys(await signer.sign({ method: "GET", url })),
      Object.keys(await signer.presign({ method: "GET", url })),
    ];
    const before = await make();
    for (const value of ["evil", () => "evil"]) {
      pollute(name, value);
      const made = await make().finally(() => Reflect.deleteProperty(Object.prototype, name));
      expect(made).toEqual(before);
    }
  });

  it.each(["get", "set", "value", "writable", "enumerable"])("an error, by %s", (name) => {
    const made = (): unknown => {
      const error = new SignerError("INVALID_URL", "url");
      const descriptors = Object.getOwnPropertySymbols(error).map((key) =>
        Reflect.getOwnPropertyDescriptor(error, key),
      );
      return [error instanceof SignerError, error.code, error.message, descriptors];
    };
    const before = made();
    for (const value of ["evil", () => "evil"]) {
      pollute(name, value);
      const after = made();
      Reflect.deleteProperty(Object.prototype, name);
      expect(after).toEqual(before);
    }
  });

  it("what a verifier computed: a right request stays right", async () => {
    const { headers } = signRequest(
      { method: "GET", url },
      { region: "eu-west-1", service: "sagemaker", credentials, date: new Date() },
    );
    const verifier = createVerifier({ resolve: async () => credentials });
    pollute("bodyHash", "evil");
    await expect(verifier.verify({ method: "GET", url, headers })).resolves.toMatchObject({
      accessKeyId: "AKIDEXAMPLE",
    });
  });

  it("the channels of events", () => {
    pollute("an.event", { hasSubscribers: true });
    expect(channelOf("an.event")).toBe(channel("countersign:an.event"));
  });

  it("a claim: a signature of yesterday stays too old", async () => {
    const date = new Date(Date.now() - 86_400_000);
    const { headers } = signRequest(
      { method: "GET", url },
      { region: "eu-west-1", service: "sagemaker", credentials, date },
    );
    const host = new URL(url).host;
    pollute("expiresIn", 604_800);
    await expect(
      createVerifier({ resolve: async () => credentials }).verify({
        method: "GET",
        url,
        headers: { ...headers, host },
      }),
    ).rejects.toMatchObject({ code: "RequestTimeTooSkewed" });
  });

  it.each([
    ["body", "evil"],
    ["headers", { "x-evil": "1" }],
    ["sessionToken", "evil"],
    ["payload", "unsigned"],
  ])("a request in a page, by %s", async (name, value) => {
    const signers = [
      createAsyncSigner({
        region: "eu-west-1",
        service: "sagemaker",
        credentials: async () => credentials,
        clock: { now: () => Date.UTC(2026, 4, 21) },
      }),
      createPageSigner({ region: "eu-west-1", credentials }),
    ];
    pollute(name, value);
    for (const signer of signers) {
      const signed = await signer.sign({ method: "GET", url });
      expect(Object.keys(signed.headers).toSorted()).toEqual(["authorization", "x-amz-date"]);
      expect(Object.hasOwn(signed, "body")).toBe(false);
    }
  });

  it.each([
    ["method", "DELETE"],
    ["href", "https://evil.test/"],
    ["body", "evil"],
    ["headers", { "x-evil": "1" }],
    ["payload", "unsigned"],
    ["sessionToken", "evil"],
    ["expiration", new Date(0)],
    ["x-amz-evil", "1"],
  ])("a request in Node, by %s, also when it was signed before", (name, value) => {
    const signer = createSigner({ region: "eu-west-1", credentials, clock: handClock(Date.UTC(2026, 4, 21)) });
    const template = { url, headers: { "x-amz-a": "1" } };
    const prepared = prepare(signer, template);
    const answers = (): readonly unknown[] => [
      signer.signSync(template),
      signer.signSync({ url }),
      prepared.signSync(),
    ];
    const before = answers();
    for (let call = 0; call < 12; call++) expect(answers()).toEqual(before);
    pollute(name, value);
    const after = answers().map((answer) => ({ ...(answer as object) }));
    Reflect.deleteProperty(Object.prototype, name);
    expect(after).toEqual(before);
  });
});
