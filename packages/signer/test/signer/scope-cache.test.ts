import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AwsCredentials } from "@countersign/signer";
import * as native from "../../src/platform/node/scope-cache.ts";
import * as portable from "../../src/platform/web/scope-cache.ts";
import { serviceRules } from "../../src/sigv4/service-rules.ts";
import { type HmacScope, signingScope } from "../../src/sigv4/signing-scope.ts";

const region = "eu-west-1";
const service = "sagemaker";
const rules = serviceRules(service);
const one: AwsCredentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "a", sessionToken: "token" };
const tenants: readonly AwsCredentials[] = [
  one,
  { ...one },
  { ...one, secretAccessKey: "b" },
  { ...one, sessionToken: "other" },
  { ...one, sessionToken: undefined },
  { ...one, accessKeyId: "AKIDOTHER" },
];

/** All that a scope comes to. */
const shown = (scope: HmacScope) => ({
  accessKeyId: scope.accessKeyId,
  sessionToken: scope.sessionToken,
  timestamp: scope.timestamp,
  credentialScope: scope.credentialScope,
  signedAt: scope.signedAt,
  tokenParameter: scope.tokenParameter(),
  signature: scope.sign("0".repeat(64)),
});

const clockAt = (time: { ms: number }) => ({ now: () => time.ms, wall: () => time.ms, monotonic: () => 0 });

describe.each([
  { name: "in Node", scopeCache: native.scopeCache },
  { name: "in a page", scopeCache: portable.scopeCache },
])("the scope cache $name", ({ scopeCache }) => {
  it("gives the same answers as without a cache, for any credentials at any time", () => {
    const instant = fc.oneof(
      fc.integer({ min: 0, max: 5000 }).map((ms) => Date.parse("2026-11-23T23:59:58Z") + ms),
      fc.integer({ min: -5000, max: 5000 }),
      fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }).map(Number),
    );
    const call = fc.tuple(fc.nat({ max: tenants.length - 1 }), instant);
    fc.assert(
      fc.property(fc.array(call, { minLength: 2, maxLength: 20 }), (calls) => {
        const time = { ms: 0 };
        const signingScopeAt = scopeCache(region, service, rules, clockAt(time));
        for (const [tenant, ms] of calls) {
          time.ms = ms;
          const credentials = tenants[tenant] ?? one;
          const expected = signingScope({ credentials, region, service, date: new Date(ms) });
          expect(shown(signingScopeAt(credentials))).toEqual(shown(expected));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("follows credentials that are changed in place, and checks what they were changed to", () => {
    const signingScopeAt = scopeCache(region, service, rules, clockAt({ ms: 0 }));
    const changed = { ...one };
    for (const tenant of tenants) {
      Object.assign(changed, tenant);
      const expected = signingScope({ credentials: tenant, region, service, date: new Date(0) });
      expect(shown(signingScopeAt(changed))).toEqual(shown(expected));
    }
    Object.assign(changed, { sessionToken: "a\nb" });
    expect(() => signingScopeAt(changed)).toThrow(expect.objectContaining({ code: "INVALID_ACCESS_KEY" }));
  });

  it("keeps the scope of credentials that answer with a new Date each time, and follows an earlier one", () => {
    const time = { ms: 10_000 };
    let expiresAt = 3_600_000;
    const brokered = {
      ...one,
      get expiration() {
        return new Date(expiresAt);
      },
    };
    const signingScopeAt = scopeCache(region, service, rules, clockAt(time));
    const scope = signingScopeAt(brokered);
    expect(signingScopeAt(brokered)).toBe(scope);
    expiresAt = 9_000;
    expect(() => signingScopeAt(brokered)).toThrow(expect.objectContaining({ code: "CREDENTIALS_EXPIRED" }));
  });

  it("checks a wrong expiration", () => {
    for (const wrong of [5, Infinity, "2026-11-23", new Date(NaN), {}]) {
      const given = { ...one, expiration: wrong } as unknown as AwsCredentials;
      const refused = expect.objectContaining({ code: expect.stringMatching(/^INVALID_/) as string }) as Error;
      expect(() => scopeCache(region, service, rules, clockAt({ ms: 10_000 }))(given)).toThrow(refused);
    }
  });

  it("refuses an invalid time, and works again after it", () => {
    const time = { ms: Number.NaN };
    const signingScopeAt = scopeCache(region, service, rules, clockAt(time));
    expect(() => signingScopeAt(one)).toThrow(expect.objectContaining({ code: "INVALID_DATE" }));
    time.ms = 0;
    expect(signingScopeAt(one).timestamp).toBe("19700101T000000Z");
    time.ms = 8.64e15;
    expect(() => signingScopeAt(one)).toThrow(expect.objectContaining({ code: "INVALID_DATE" }));
  });
});
