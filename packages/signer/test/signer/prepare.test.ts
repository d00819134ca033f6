import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AwsCredentials, createSigner, type RequestTemplate, type SignerOptions } from "@countersign/signer";
import * as native from "../../src/platform/node/prepare.ts";
import * as portable from "../../src/platform/web/prepare.ts";
import { handClock } from "../clock/hand-clock.ts";

const start = Date.parse("2026-11-23T12:00:00Z");
const credentials: AwsCredentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==".repeat(20),
};
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations";
const template: RequestTemplate = { method: "POST", url, headers: { "content-type": "application/json" } };

const make = (options: Partial<SignerOptions> = {}) =>
  createSigner({ region: "eu-west-1", credentials, clock: handClock(start), ...options });

describe.each([
  { name: "a prepared request", prepare: native.prepare },
  { name: "a prepared request in its compact form", prepare: portable.prepare },
])("$name", ({ prepare }) => {
  it("signs as the signer does, for every length of the template around a block", async () => {
    const signer = make();
    for (let length = 0; length < 130; length++) {
      const headers = { "content-type": "application/json", "x-amz-meta": "m".repeat(length) };
      const prepared = prepare(signer, { ...template, headers });
      for (const body of [undefined, "", "{}", new Uint8Array(length)]) {
        const expected = signer.signSync({ method: "POST", url, headers, body: body ?? null }).headers;
        expect(prepared.signSync(body)).toEqual(expected);
        expect(await prepared.sign(body)).toEqual(expected);
      }
    }
  });

  it("signs what a call adds, wherever it sorts and whatever it replaces", () => {
    const name = fc.constantFrom(
      "x-amzn-sagemaker-inference-id",
      "x-amzn-sagemaker-custom-attributes",
      "X-Amzn-SageMaker-Target-Model",
      "x-amz-z",
      "x-amz-date-x",
      "x-amz-content-sha256",
      "accept",
      "traceparent",
      "Content-Type",
      "host",
      "authorization",
    );
    const value = fc.stringMatching(/^[!-~]{1,20}$/);
    const more = fc.dictionary(name, value, { maxKeys: 5 });
    fc.assert(
      fc.property(more, more, fc.string(), (inTemplate, inCall, body) => {
        const signer = make();
        const prepared = prepare(signer, { ...template, headers: inTemplate });
        const lower = (headers: Record<string, string>): Record<string, string> =>
          Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
        const headers = { ...lower(inTemplate), ...lower(inCall) };
        expect(prepared.signSync(body, inCall)).toEqual(
          signer.signSync({ method: "POST", url, headers, body }).headers,
        );
        expect(prepared.signSync(body)).toEqual(
          signer.signSync({ method: "POST", url, headers: inTemplate, body }).headers,
        );
      }),
      { numRuns: 500 },
    );
  });

  it("follows the clock and the credentials", async () => {
    const clock = handClock(start);
    let held = credentials;
    const provider = Object.assign(async () => held, { memoized: true, peek: () => held });
    const signer = make({ clock, credentials: provider });
    const prepared = prepare(signer, template);
    const same = (): void => {
      expect(prepared.signSync("{}")).toEqual(signer.signSync({ ...template, body: "{}" }).headers);
    };
    same();
    clock.advance(1000);
    same();
    held = { accessKeyId: "AKIDOTHER", secretAccessKey: "other" };
    same();
    expect(prepared.signSync("{}")).not.toHaveProperty("x-amz-security-token");
    clock.advance(86_400_000);
    same();
  });

  it("signs where its way does not work: other payload modes, the hash in a header, a token that is appended", () => {
    for (const options of [{ service: "s3" }, { settings: { sessionToken: "appended" } }] as const) {
      const signer = make(options);
      const prepared = prepare(signer, template);
      expect(prepared.signSync("{}")).toEqual(signer.signSync({ ...template, body: "{}" }).headers);
    }
    const signer = make();
    for (const payload of ["unsigned", "streaming-events", { sha256: "0".repeat(64) }] as const) {
      const prepared = prepare(signer, { ...template, payload });
      expect(prepared.signSync()).toEqual(signer.signSync({ ...template, payload }).headers);
    }
  });

  it("tells the method and URL to send", () => {
    const prepared = prepare(make(), { method: "post", url: "https://H.example/a b" });
    expect(prepared).toMatchObject({ method: "POST", url: "https://h.example/a%20b" });
  });

  it("signs with any number of prepared requests in turn", () => {
    const signer = make();
    const all = Array.from({ length: 300 }, (_, i) => prepare(signer, { ...template, url: `${url}/${i}` }));
    for (const round of [1, 2]) {
      for (const [i, prepared] of all.entries()) {
        const expected = signer.signSync({ ...template, url: `${url}/${i}`, body: `${round}` }).headers;
        expect(prepared.signSync(`${round}`)).toEqual(expected);
      }
    }
  });

  it("is not disturbed by a listener that signs, too", () => {
    const quiet = make();
    let depth = 0;
    const signer = make({
      onEvent: () => {
        if (depth++ < 3) prepared.signSync("inner");
      },
    });
    const prepared = prepare(signer, template);
    expect(prepared.signSync("outer")).toEqual(quiet.signSync({ ...template, body: "outer" }).headers);
    expect(depth).toBeGreaterThan(3);
  });

  it("refuses what cannot be signed, and signers of others", () => {
    const prepared = prepare(make(), template);
    expect(() => prepared.signSync({} as never)).toThrow(expect.objectContaining({ code: "INVALID_BODY" }));
    expect(() => prepared.signSync("", { "x-amz-a": "a\nb" })).toThrow(
      expect.objectContaining({ code: "INVALID_HEADER" }),
    );
    expect(() => prepare({ ...make() }, template)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
