import * as fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { AwsCredentials } from "@countersign/signer";
import { memoize } from "../../src/credentials/memoize.ts";
import { handClock } from "../clock/hand-clock.ts";

afterEach(() => {
  vi.doUnmock("../../src/platform/node/hot-path.ts");
  vi.restoreAllMocks();
});

/** The same without the shortcut for credentials that were found fresh: each call decides anew. */
async function withoutShortcut(): Promise<typeof memoize> {
  vi.resetModules();
  vi.doMock("../../src/platform/node/hot-path.ts", () => ({ hotPath: false }));
  return (await import("../../src/credentials/memoize.ts")).memoize;
}

const start = Date.parse("2026-11-23T12:00:00Z");
const MINUTE = 60_000;

const step = fc.record({
  advanceMs: fc.constantFrom(0, 0, 0, 0, 1, 4999, 5000, 9999, 10_000, MINUTE, 10 * MINUTE, 20 * MINUTE),
  /** The wall clock alone: a correction, or a clock that is set. */
  jumpMs: fc.constantFrom(0, 0, 0, 0, -MINUTE, 30_000),
  what: fc.constantFrom("peek", "peek", "get", "wish", "wish", "force", "reject", "revoke", "fail"),
  minTtlMs: fc.constantFrom(0, 1000, 10 * MINUTE, 50 * MINUTE, 12 * 60 * MINUTE, Infinity, NaN),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** What a caller and the source see. */
async function storyOf(make: typeof memoize, lifetimeMs: number, steps: readonly Step[]): Promise<readonly unknown[]> {
  const clock = handClock(start);
  const story: unknown[] = [];
  let count = 0;
  let fails = false;
  const provider = make(
    async (request) => {
      story.push(["source", { ...request }]);
      if (fails) throw new Error("down");
      const expiration = lifetimeMs === Infinity ? undefined : new Date(clock.now() + lifetimeMs);
      return { accessKeyId: `AKID${count++}`, secretAccessKey: "example", expiration } satisfies AwsCredentials;
    },
    { clock },
  );
  for (const { advanceMs, jumpMs, what, minTtlMs } of steps) {
    // A clock that is set back is noticed by the next call that judges: `peek` reads one clock, as it did before.
    const judges = what === "peek" || what === "get";
    if (jumpMs !== 0 && judges) clock.jump(jumpMs);
    else clock.advance(advanceMs);
    const accessKeyId = `AKID${count - 1}`;
    if (what === "peek") story.push(provider.peek()?.accessKeyId);
    else if (what === "reject") provider.invalidate({ accessKeyId, reason: "rejected" });
    else if (what === "revoke") provider.invalidate({ accessKeyId, reason: "revoked" });
    else if (what === "fail") fails = !fails;
    else {
      const request = what === "get" ? undefined : what === "wish" ? { minTtlMs } : { forceRefresh: true };
      const answer = await provider(request).then((granted) => granted.accessKeyId, String);
      story.push([what, answer]);
    }
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
  return story;
}

describe("credentials that were found fresh", () => {
  it("are used without a new decision only where the decision would be to use them", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const plain = await withoutShortcut();
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(10 * MINUTE, 60 * MINUTE, 12 * 60 * MINUTE, Infinity),
        fc.array(step, { minLength: 4, maxLength: 30 }),
        async (lifetimeMs, steps) => {
          const story = await storyOf(memoize, lifetimeMs, steps);
          expect(story).toEqual(await storyOf(plain, lifetimeMs, steps));
          calls += story.length;
        },
      ),
      { numRuns: 300 },
    );
    expect(calls).toBeGreaterThan(1000);
  });

  it("are renewed all the same for a wish that they cannot grant", async () => {
    const clock = handClock(start);
    let count = 0;
    const provider = memoize(
      async () => ({
        accessKeyId: `AKID${count++}`,
        secretAccessKey: "example",
        expiration: new Date(clock.now() + 60 * MINUTE),
      }),
      { clock },
    );
    await provider();
    clock.advance(20 * MINUTE);
    expect(provider.peek()?.accessKeyId).toBe("AKID0");
    expect((await provider()).accessKeyId).toBe("AKID0");
    expect((await provider({ minTtlMs: 50 * MINUTE })).accessKeyId).toBe("AKID1");
  });
});
