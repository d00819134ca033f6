import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSigner } from "../../src/signer/create-signer.ts";
import type { SigningSettings } from "../../src/sigv4/settings.ts";
import { createVerifier } from "../../src/verify.ts";
import { handClock } from "../clock/hand-clock.ts";

const clock = handClock(Date.UTC(2026, 4, 21, 12));
const credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG", sessionToken: "to/ke+n==" };

const characters = Array.from("abzAZ09-._~!$&'()*+,;=:@/% \"<>[]^`{|}?#\\üé日😀");
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters), maxLength });
const encoded = (maxLength: number): fc.Arbitrary<string> => text(maxLength).map(encodeURIComponent);
// As URL writes it: what it leaves alone, and what was encoded before.
const path = fc.array(fc.oneof(encoded(6), text(6)), { maxLength: 5 }).map((parts) => parts.join("/"));
const query = fc
  .array(fc.tuple(encoded(5), fc.option(encoded(6), { nil: undefined })), { maxLength: 4 })
  .map((pairs) => pairs.map(([name, value]) => (value === undefined ? name : `${name}=${value}`)).join("&"));
const headers = fc.record(
  {
    "content-type": fc.constantFrom("application/json", "text/plain;  charset=utf-8"),
    "x-amz-meta-a": fc.stringMatching(/^[!-~]{1,3}[ \t!-~]{0,8}$/),
    "x-amzn-sagemaker-custom-attributes": fc.stringMatching(/^[!-~]{0,12}$/),
  },
  { requiredKeys: [] },
);

const request = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
  url: fc
    .tuple(path, query)
    .map(([where, search]) => new URL(`https://h.example/${where.replaceAll(/[?#]/g, "")}${search && `?${search}`}`)),
  headers,
  body: fc.oneof(fc.constant(null), fc.string({ unit: "grapheme", maxLength: 30 }), fc.uint8Array({ maxLength: 30 })),
});

const services: readonly (readonly [service: string, settings: SigningSettings])[] = [
  ["sagemaker", {}],
  ["sts", { signedHeaders: "all" }],
  ["s3", {}],
  ["sagemaker", { payloadHeader: "always", sessionToken: "appended" }],
];

describe("what the signer signs, the verifier accepts", () => {
  it.each(services)("for %s with %j, as headers and as a URL, and never after a change", async (service, settings) => {
    const signer = createSigner({ region: "eu-west-1", service, credentials, clock, settings });
    const verify = createVerifier({ region: "eu-west-1", service, clock, resolve: async () => credentials });
    await fc.assert(
      fc.asyncProperty(request, fc.nat(), async (given, at) => {
        const signed = await signer.sign(given);
        await expect(verify(signed)).resolves.toMatchObject({ form: "header" });
        const { url } = await signer.presign({ ...given, headers: {} });
        const presigned = { method: given.method, url, headers: {}, body: given.body };
        await expect(verify(presigned)).resolves.toMatchObject({ form: "query" });

        // A letter more, anywhere behind the host, is another request.
        for (const one of [signed, presigned]) {
          const start = "https://h.example/".length;
          const index = start + (at % (one.url.length - start + 1));
          const changed = { ...one, url: `${one.url.slice(0, index)}q${one.url.slice(index)}` };
          await expect(verify(changed)).rejects.toMatchObject({ name: "VerifyError" });
        }
      }),
      { numRuns: 150 },
    );
  });
});
