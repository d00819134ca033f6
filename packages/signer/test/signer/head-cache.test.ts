import { sha256Hex } from "#platform/sha256";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as native from "../../src/platform/node/head-cache.ts";
import * as portable from "../../src/platform/web/head-cache.ts";
import { MANY } from "../../src/signer/day-signer.ts";
import { toHex } from "../../src/platform/web/sha256.ts";
import type { ReadRequest } from "../../src/sigv4/read-request.ts";
import type { HeadersInput } from "../../src/sigv4/request.ts";
import { requestHead } from "../../src/sigv4/request-head.ts";
import { requestTarget, wireUrl } from "../../src/sigv4/request-target.ts";
import { serviceRules } from "../../src/sigv4/service-rules.ts";
import { type HmacScope, signingScope } from "../../src/sigv4/signing-scope.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example", sessionToken: "token" };
const scopeOf = (service: string) =>
  signingScope({ credentials, region: "eu-west-1", service, date: new Date("2026-11-23T12:00:00Z") });
const sagemaker = scopeOf("sagemaker");
const scopes = { sagemaker: [sagemaker, scopeOf("sagemaker")], s3: [scopeOf("s3"), scopeOf("s3")] };

/** A hash as a page hands it on. Types know only text, the form of Node. */
const inItsBytes = (digits: string): string => Buffer.from(digits, "hex") as unknown as string;

/** A scope of Node, for hashes as a page has them. */
const inPage = (scope: HmacScope): HmacScope => {
  const sign = (hash: string): string => scope.sign(typeof hash === "string" ? hash : toHex(hash));
  const made = pageScopes.get(scope) ?? { ...scope, sign: Object.assign(sign, scope.sign) };
  pageScopes.set(scope, made);
  return made;
};
const pageScopes = new Map<HmacScope, HmacScope>();

const value = fc.constantFrom("a", "b", " a", "a  b", "");
const request: fc.Arbitrary<ReadRequest> = fc.record({
  method: fc.constantFrom(undefined, "GET", "post"),
  url: fc.constantFrom("https://h.example/a b", "https://h.example/a%20b", "https://h.example/c?x=1"),
  headers: fc.oneof(
    fc.record({ "x-amz-a": value, "X-Amz-B": value }, { requiredKeys: [] }),
    fc.record({ "X-Amz-B": value, "x-amz-a": value, traceparent: value }, { requiredKeys: [] }),
    fc.record({ "x-amz-a": value, "X-Amz-A": value, host: value, Authorization: value }, { requiredKeys: [] }),
    fc.record({ "x-amz-content-sha256": value }),
    value.map((text) => new Headers({ "x-amz-a": text })),
    value.map((text) => [["x-amz-a", text]] as const),
    value.map((text) => new Map([["x-amz-a", text]])),
    value.map((text) => ({ [Symbol.iterator]: () => [["x-amz-a", text]].values() }) as unknown as HeadersInput),
    fc.constant(undefined),
    fc.constant({}),
    value.map((text) => ({ "x-amz-a": [text, undefined] as unknown as readonly string[] })),
  ),
});
const hash = fc.constantFrom("0".repeat(64), "1".repeat(64), "UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED");

type HeadCacheOf = typeof native.headCache;
const inPages = portable.headCache as unknown as HeadCacheOf;

describe.each([
  { name: "the head cache in Node", headCache: native.headCache, inBytes: false },
  { name: "the head cache in a page", headCache: inPages, inBytes: false },
  { name: "the head cache in a page with hashes in bytes", headCache: inPages, inBytes: true },
])("$name", ({ headCache, inBytes }) => {
  it.each(["sagemaker", "s3"] as const)("answers what %s would be answered without it", (service) => {
    const rules = serviceRules(service);
    const asked = fc.array(fc.tuple(request, hash, fc.constantFrom(...scopes[service])), {
      minLength: 2,
      maxLength: 8,
    });
    fc.assert(
      fc.property(asked, fc.constantFrom(1, MANY + 2), (calls, uses) => {
        const cache = headCache(rules);
        for (const [call, digest, scope] of calls) {
          const target = requestTarget(wireUrl(String(call.url), rules), rules);
          const expected = requestHead(call, target, scope, digest);
          const given = inBytes && digest.length === 64 ? inItsBytes(digest) : digest;
          const head = cache.headOf(call, headCache === native.headCache ? scope : inPage(scope), given);
          const { method, headers, authorization } = expected;
          expect(head).toMatchObject({ target, method });
          // A head that was used a few times signs in another way.
          for (let use = 0; use < uses; use++) {
            const signature = head.sign(given, scope);
            expect(signature).toBe(scope.sign(sha256Hex(expected.canonical + digest)));
            expect(head.headersWith(signature)).toEqual({ ...headers, authorization: authorization + signature });
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("answers with the values in the order they have now, and for what headers hold now", () => {
    const { headOf } = headCache(serviceRules("sagemaker"));
    const answer = (headers: HeadersInput): string | undefined =>
      headOf({ url: "https://h.example/", headers }, sagemaker, "0".repeat(64)).headersWith("")["x-amz-a"];
    expect(answer({ "x-amz-a": "1", "X-Amz-A": "2" })).toBe("1,2");
    expect(answer({ "X-Amz-A": "2", "x-amz-a": "1" })).toBe("2,1");
    let reads = 0;
    const changing = {
      get "x-amz-a"() {
        return `${reads++}`;
      },
    };
    expect(answer(changing)).toBe("0");
    expect(answer({ "x-amz-a": "1" })).toBe("1");
    expect(answer(changing)).toBe("1");
    expect(reads).toBe(2);
    expect(answer(Object.defineProperty({ "x-amz-b": "2" }, "x-amz-a", { value: "1" }))).toBeUndefined();
    expect(() => answer(null as never)).toThrow(expect.objectContaining({ code: "INVALID_HEADER" }));
  });

  it("reads an iterator once", () => {
    const { headOf } = headCache(serviceRules("sagemaker"));
    for (let i = 0; i < 2; i++) {
      const headers = new Headers({ "x-amz-a": "b" }).entries();
      const head = headOf({ url: "https://h.example/", headers }, sagemaker, "0".repeat(64));
      const sent = { "x-amz-a": "b", authorization: expect.stringContaining("x-amz-a") as string };
      expect(head.headersWith("")).toMatchObject(sent);
    }
  });

  it.each([
    ["INVALID_HEADER", { headers: { a: 1n } }],
    ["INVALID_METHOD", { method: 1n }],
  ])("refuses with %s what is no text", (code, part) => {
    const { headOf } = headCache(serviceRules("sagemaker"));
    const call = { url: "https://h.example/", ...part } as unknown as ReadRequest;
    expect(() => headOf(call, sagemaker, "0".repeat(64))).toThrow(expect.objectContaining({ code }));
  });
});
