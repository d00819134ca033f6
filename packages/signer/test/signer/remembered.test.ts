import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applySignature,
  type AwsCredentials,
  createSigner,
  prepare,
  type SignableRequest,
  type SignedBy,
  type SignedRequest,
  type Signer,
  signRequest,
} from "@countersign/signer";
import { FEW, isCalm } from "../../src/crypto/machine/calm.ts";
import { requestTarget, wireUrl } from "../../src/sigv4/request-target.ts";
import { serviceRules } from "../../src/sigv4/service-rules.ts";
import { handClock } from "../clock/hand-clock.ts";

/** `COUNTERSIGN_CASES=120000` compares that many requests. */
const CALLS = 40;
const DAY_MS = 86_400_000;
/** Each run has a day of its own. */
let days = 0;
const numRuns = Math.ceil(Number(process.env["COUNTERSIGN_CASES"] ?? 2000) / CALLS);

const start = Date.parse("2026-11-23T23:59:58.500Z");
const region = "eu-west-1";

/** Tenants that differ in as little as tenants can. */
const one: AwsCredentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "a", sessionToken: "token" };
const tenants: readonly AwsCredentials[] = [
  one,
  { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "b", sessionToken: "token" },
  { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "a", sessionToken: "token2" },
  { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "a" },
  { accessKeyId: "AKIDEXAMPL", secretAccessKey: "a", sessionToken: "token" },
  { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "a", sessionToken: "token", expiration: new Date(start + 3.15e12) },
];

const value = fc.constantFrom("a", "b", "a, b", " a ", "a  b", "a\tb", "", "caf\u00e9", "a\nb");
const name = fc.constantFrom(
  "content-type",
  "Content-Type",
  "x-amz-meta",
  "X-Amz-Meta",
  "x-amzn-sagemaker-inference-id",
  "x-amzn-trace-id",
  "traceparent",
  "x-amz-content-sha256",
  "x-amz-date",
  "authorization",
  "host",
  "constructor",
  "a,b",
  "accept",
);
const record = fc.dictionary(name, value, { maxKeys: 3 });
const pairs = fc.array(fc.tuple(name, value), { maxLength: 3 });
const headers = fc.oneof(
  { weight: 6, arbitrary: record },
  pairs,
  record.map((given) => new Map(Object.entries(given))),
  record.map((given) => Object.assign(Object.create(null) as Record<string, string>, given)),
  fc.dictionary(name, fc.array(value, { maxLength: 2 }), { maxKeys: 2 }),
  fc.constant(undefined),
);
const path = fc.constantFrom("/", "/a", "/a/b", "/a/", "/a//b", "/./a", "/a/../b", "/a b", "/a%20b", "/.a", "/a.b", "");
const origin = fc.constantFrom(
  "https://h.example",
  "https://H.example",
  "http://h.example:80",
  "https://h.example:8443",
  "https://h.example.",
  "https://b.h.example",
  "wss://h.example",
  "https://h.example@x",
);
const query = fc.constantFrom("", "?", "?b=1&a=2", "?a=+", "?a=%7e", "#a");
const url = fc.tuple(origin, path, query).map((parts) => parts.join(""));

const call = fc.record({
  tenant: fc.nat({ max: tenants.length - 1 }),
  advanceMs: fc.constantFrom(0, 0, 0, 0, 700),
  way: fc.constantFrom("sign", "signSync", "prepare"),
  request: fc.record({
    method: fc.constantFrom("POST", "POST", "get", undefined),
    url: fc.oneof({ weight: 3, arbitrary: fc.constantFrom("https://h.example/a", "https://h.example/b") }, url),
    headers,
    body: fc.constantFrom("", "{}", undefined),
    payload: fc.constantFrom(undefined, undefined, undefined, "unsigned" as const, { sha256: "0".repeat(64) }),
  }),
});

/** What a call comes to: a signed request, or the code of the error. */
type Outcome = (SignedRequest & SignedBy) | string;

async function outcomeOf(work: () => Outcome | Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    return String((error as { readonly code?: unknown }).code);
  }
}

/** The pure function, which keeps nothing. */
function expectedOf(service: string, request: SignableRequest, credentials: AwsCredentials, now: number): Outcome {
  const rules = serviceRules(service);
  const { url } = requestTarget(wireUrl(String(request.url), rules), rules);
  const wired = { ...request, url };
  const signature = signRequest(wired, { credentials, region, service, date: new Date(now) });
  const { accessKeyId } = credentials;
  return { ...applySignature(wired, signature), accessKeyId, signature: signature.signature };
}

async function actualOf(
  signer: Signer,
  way: "sign" | "signSync" | "prepare",
  request: SignableRequest,
  prepared: Map<string, ReturnType<typeof prepare>>,
): Promise<Outcome> {
  if (way !== "prepare") return signer[way](request);
  const { body, ...template } = request;
  // Templates that were prepared before are used again.
  const isPlain = Object.getPrototypeOf(Object(template.headers)) === Object.prototype;
  const key = JSON.stringify([template, Object.entries(Object(template.headers))]);
  const kept = (isPlain ? prepared.get(key) : undefined) ?? prepare(signer, template);
  if (isPlain) prepared.set(key, kept);
  let by: SignedBy = { accessKeyId: "", signature: "" };
  const signedHeaders = kept.signSync(body, undefined, (signed) => (by = signed));
  return { method: kept.method, url: kept.url, headers: signedHeaders, ...(body !== undefined && { body }), ...by };
}

describe.each(["sagemaker", "s3"])("what a signer for %s remembers", (service) => {
  it(
    `never shows: ${numRuns * CALLS} requests are signed as if each were the first`,
    {
      timeout: 60_000 + numRuns * 500,
    },
    async () => {
      let signatures = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(call, { minLength: CALLS, maxLength: CALLS }), fc.boolean(), async (calls, busy) => {
          days += 1;
          const clock = handClock(start + days * DAY_MS);
          // The first signatures of a second go another way than those that follow.
          const others = busy ? FEW + 1 : 0;
          for (let count = 0; count < others; count++) isCalm(clock.now() + DAY_MS / 2);
          let current = one;
          const credentials = Object.assign(async () => current, { memoized: true, peek: () => current });
          const signer = createSigner({ region, service, credentials, clock });
          const prepared = new Map<string, ReturnType<typeof prepare>>();
          for (const { tenant, advanceMs, way, request } of calls) {
            clock.advance(advanceMs);
            current = tenants[tenant]!;
            const expected = await outcomeOf(() => expectedOf(service, request, current, clock.now()));
            expect(await outcomeOf(() => actualOf(signer, way, request, prepared))).toEqual(expected);
            if (typeof expected === "object") signatures++;
          }
        }),
        { numRuns },
      );
      expect(signatures).toBeGreaterThan((numRuns * CALLS) / 4);
    },
  );
});
