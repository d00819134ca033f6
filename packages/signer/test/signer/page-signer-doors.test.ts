import { describe, expect, it } from "vitest";
import { createAsyncSigner, createPageSigner, serviceRules } from "../../src/async.ts";
import { createSigner, signRequest } from "../../src/index.ts";

const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
const credentials = async () => keys;
const clock = { now: () => Date.UTC(2026, 4, 21, 12) };
const request = { method: "POST", url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/", body: "{}" };
const asyncSigner = { region: "eu-west-1", service: "sagemaker", credentials, clock };

function refusal(code: string): unknown {
  return expect.objectContaining({ name: "SignerError", code });
}

describe.each([
  ["createAsyncSigner", createAsyncSigner as (options: unknown) => unknown, asyncSigner],
  ["createPageSigner", createPageSigner as (options: unknown) => unknown, { region: "eu-west-1", credentials }],
])("%s", (_, make, good) => {
  it.each([
    ["no options", undefined],
    ["null", null],
    ["a list", []],
    ["a misspelt option", { ...good, servise: "s3" }],
    ["credentials of another kind", { ...good, credentials: 5 }],
    ["a clock without its methods", { ...good, clock: { wall: () => 0 } }],
  ])("refuses %s", (__, options) => {
    expect(() => make(options)).toThrow(refusal("INVALID_OPTION"));
  });

  it("does not read options from a polluted prototype", () => {
    const polluted = Object.create({ region: "eu-west-1" }) as object;
    expect(() => make(Object.assign(polluted, { ...good, region: undefined }))).toThrow(refusal("INVALID_REGION"));
  });
});

describe("the asynchronous signers", () => {
  const signers = {
    async: createAsyncSigner(asyncSigner),
    page: createPageSigner({ region: "eu-west-1", credentials }),
  };

  it.each(["async", "page"] as const)("%s: sign refuses what is no request", async (name) => {
    for (const given of [undefined, null, 5])
      await expect(signers[name].sign(given as never)).rejects.toMatchObject({ name: "SignerError" });
  });

  it.each(["async", "page"] as const)("%s: sign refuses a body without bytes", async (name) => {
    for (const body of [{}, 5, true, [null]])
      await expect(signers[name].sign({ ...request, body } as never)).rejects.toMatchObject({ code: "INVALID_BODY" });
  });
});

describe("headers as a list", () => {
  const signer = createSigner({ region: "eu-west-1", credentials });

  it.each([
    ["null", [null]],
    ["a text instead of a pair", ["ab"]],
    ["a number", [5]],
  ])("refuses an entry that is %s", async (_, headers) => {
    await expect(signer.sign({ ...request, headers } as never)).rejects.toMatchObject({ code: "INVALID_HEADER" });
  });
});

describe("a service that is not text", () => {
  it.each([Symbol("s3"), Object.create(null), null, 5])("is refused", (service) => {
    const context = { region: "eu-west-1", service: service as never, credentials: keys, date: new Date(clock.now()) };
    expect(() => signRequest(request, context)).toThrow(refusal("INVALID_SERVICE"));
    expect(() => serviceRules(service as never)).toThrow(refusal("INVALID_SERVICE"));
  });
});
