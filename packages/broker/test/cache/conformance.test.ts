import { expect, test } from "vitest";
import { BrokerCredentials } from "../../src/model/credentials.ts";
import type { BrokerError } from "../../src/errors/error.ts";
import { answer, denied, down, harness, ROLE, settle, until } from "../harness.ts";

/*
 * The refresh behaviour that AWS's SDKs share since 2026, as scenarios in our own words, run under `windows: "sep"`.
 * A session of one hour is renewed ahead from minute 45 and waited for from minute 59.
 */
const AGES = { none: undefined, valid: 60, advisory: 46 * 60, mandatory: 59 * 60 + 20, expired: 61 * 60 } as const;

type Source = "fresh" | "error" | "stale" | "refusal";

interface Get {
  readonly source?: Source;
  readonly lifetime?: number;
  readonly gives: "held" | "new" | "error" | "refusal";
  readonly asks: boolean;
  readonly window?: number;
}

type Step = Get | { readonly advance: number } | { readonly invalidate: "held" | "other" };

interface Scenario {
  readonly held: keyof typeof AGES;
  readonly windows?: { readonly advisoryMs: number; readonly mandatoryMs: number };
  readonly steps: readonly Step[];
}

const fresh = (gives: Get["gives"], more: Partial<Get> = {}): Get => ({ source: "fresh", gives, asks: true, ...more });
const quiet = (gives: Get["gives"]): Get => ({ gives, asks: false });
const failing = (source: Source, gives: Get["gives"]): Get => ({ source, gives, asks: true });

const scenarios: Readonly<Record<string, Scenario>> = {
  "valid: served without a call": { held: "valid", steps: [quiet("held")] },
  "ahead: the caller who renews gets the new": { held: "advisory", steps: [fresh("new")] },
  "ahead, source fails: served": { held: "advisory", steps: [failing("error", "held")] },
  "last minute: the new": { held: "mandatory", steps: [fresh("new")] },
  "last minute, source fails: served": { held: "mandatory", steps: [failing("error", "held")] },
  "expired: the new": { held: "expired", steps: [fresh("new")] },
  "expired, source fails: served while grace is given": { held: "expired", steps: [failing("error", "held")] },
  "nothing held, source fails, then not": { held: "none", steps: [failing("error", "error"), fresh("new")] },
  "ahead, source gives what has expired: a failure": { held: "advisory", steps: [failing("stale", "held")] },
  "last minute, source gives what has expired: a failure": { held: "mandatory", steps: [failing("stale", "held")] },
  "ten minutes live: five ahead": { held: "none", steps: [fresh("new", { lifetime: 600, window: 300 })] },
  "20.5 minutes live: fifteen ahead": { held: "none", steps: [fresh("new", { lifetime: 1230, window: 900 })] },
  "six hours live: sixty ahead": { held: "none", steps: [fresh("new", { lifetime: 21_600, window: 3600 })] },
  "each renewal chooses its window anew": {
    held: "none",
    steps: [
      fresh("new", { lifetime: 21_600, window: 3600 }),
      { advance: 18_060 },
      fresh("new", { lifetime: 600, window: 300 }),
    ],
  },
  "a window that was set wins": {
    held: "none",
    windows: { advisoryMs: 1_800_000, mandatoryMs: 60_000 },
    steps: [fresh("new", { lifetime: 21_600, window: 1800 })],
  },
  "ahead, refused: thrown, and asked again soon": {
    held: "advisory",
    steps: [failing("refusal", "refusal"), quiet("refusal"), { advance: 6 }, fresh("new")],
  },
  "last minute, refused: thrown, and asked again soon": {
    held: "mandatory",
    steps: [failing("refusal", "refusal"), quiet("refusal"), { advance: 6 }, fresh("new")],
  },
  "nothing held, refused: thrown, and asked again soon": {
    held: "none",
    steps: [failing("refusal", "refusal"), quiet("refusal"), { advance: 6 }, fresh("new")],
  },
  "the held key is turned down: renewed": { held: "valid", steps: [{ invalidate: "held" }, fresh("new")] },
  "the held key is turned down, source fails: served": {
    held: "valid",
    steps: [{ invalidate: "held" }, failing("error", "held")],
  },
  "a key is turned down during a pause: the pause holds": {
    held: "mandatory",
    steps: [
      failing("error", "held"),
      { advance: 10 },
      { invalidate: "held" },
      quiet("held"),
      { advance: 700 },
      fresh("new"),
    ],
  },
  "another key is turned down: nothing happens": { held: "valid", steps: [{ invalidate: "other" }, quiet("held")] },
  "after a failure the source is left alone for five to ten minutes": {
    held: "expired",
    steps: [failing("error", "held"), { advance: 290 }, quiet("held"), { advance: 400 }, fresh("new")],
  },
  "a failure ahead of time pauses just so": {
    held: "advisory",
    steps: [failing("error", "held"), { advance: 290 }, quiet("held"), { advance: 400 }, fresh("new")],
  },
};

test("there are 24 scenarios", () => {
  expect(Object.keys(scenarios)).toHaveLength(24);
});

test.each(Object.entries(scenarios))("sep: %s", async (_, scenario) => {
  const h = harness({
    windows: scenario.windows ?? "sep",
    serveExpired: { graceMs: 24 * 60 * 60_000 },
  });
  const hasLifetimes = scenario.steps.some((step) => "lifetime" in step);
  const role = h.broker.role({ roleArn: ROLE, ...(hasLifetimes && { durationSeconds: 21_600 }) });
  const seen: Omit<Get, "source">[] = [];
  const wanted: Omit<Get, "source">[] = [];
  let held: BrokerCredentials | undefined;
  const age = AGES[scenario.held];
  if (age !== undefined) {
    held = await role.get();
    await h.clock.advance(age * 1000);
  }
  for (const step of scenario.steps) {
    if ("advance" in step) {
      await h.clock.advance(step.advance * 1000);
    } else if ("invalidate" in step) {
      const accessKeyId = step.invalidate === "held" ? (held as BrokerCredentials).accessKeyId : "ASIAANOTHERKEY";
      role.invalidate({ accessKeyId, reason: "rejected" });
    } else {
      const asked = h.calls.length;
      h.sts = ({ input }, _context, issue) => {
        if (step.source === "error") return down({} as never, {} as never, issue);
        if (step.source === "refusal") return denied({} as never, {} as never, issue);
        if (step.source === "stale") return answer(input, 900, h.clock, -1);
        return step.lifetime === undefined ? issue() : answer(input, 800 + asked, h.clock, step.lifetime);
      };
      const outcome = await until(
        h.clock,
        role.get().catch((error: unknown) => error as BrokerError),
        50,
      );
      const { gives, asks, window } = step;
      const [snapshot] = h.broker.snapshot().roles;
      const aheadMs = (snapshot?.expiresAt?.getTime() ?? 0) - (snapshot?.nextRefresh?.getTime() ?? 0);
      seen.push({
        gives: name(outcome, held),
        asks: h.calls.length > asked,
        ...(window !== undefined && { window: Math.round(aheadMs / 1000) }),
      });
      wanted.push({ gives, asks, ...(window !== undefined && { window }) });
      if (outcome instanceof BrokerCredentials) held = outcome;
    }
  }
  expect(seen).toEqual(wanted);
});

function name(outcome: BrokerCredentials | BrokerError, held: BrokerCredentials | undefined): Get["gives"] {
  if (outcome instanceof BrokerCredentials) return outcome === held ? "held" : "new";
  return outcome.code === "ACCESS_DENIED" ? "refusal" : "error";
}

/* The stricter set: what `adaptive` promises beyond. */

test("adaptive: a renewal ahead of time delays no caller, whatever the source does", async () => {
  for (const fault of [down, denied, () => new Promise<never>(() => undefined)]) {
    const h = harness();
    const role = h.broker.role({ roleArn: ROLE });
    const first = await role.get();
    await h.clock.advance(46 * 60_000);
    h.sts = fault;
    const turns = h.clock.sleepers;
    expect(await role.get()).toBe(first);
    expect(h.clock.sleepers).toBeGreaterThanOrEqual(turns);
  }
});

test("adaptive: a refusal is no reason to throw while valid credentials are held", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  h.sts = denied;
  for (const age of [46, 55, 59.5]) {
    await h.clock.advance(START_OF(age) - h.clock.monotonic());
    expect(await until(h.clock, role.get(), 100)).toBe(first);
  }
  expect(h.broker.snapshot().roles[0]).toMatchObject({ state: "degraded", lastError: { code: "ACCESS_DENIED" } });
});

const START_OF = (minutes: number): number => minutes * 60_000;

test.each([
  ["20 seconds", 20, {}],
  ["a minute", 60, { minTtlMs: 20 * 60_000 }],
  ["ten minutes", 600, { forceRefresh: true }],
])("adaptive: a session of %s replaces none that is valid for longer", async (_, seconds, request) => {
  for (const windows of ["adaptive", { advisoryMs: 900_000, mandatoryMs: 120_000 }] as const) {
    const h = harness({ windows });
    const role = h.broker.role({ roleArn: ROLE });
    const first = await role.get();
    await h.clock.advance(START_OF(46));
    h.sts = ({ input }) => answer(input, 800 + h.calls.length, h.clock, seconds);
    expect(await until(h.clock, role.get(request), 100)).toBe(first);
    await settle();
    expect(h.calls.length).toBeGreaterThan(1);
    expect(h.broker.snapshot().roles[0]).toMatchObject({ lastError: { code: "STS_RESPONSE_INVALID" } });
    h.sts = down;
    await h.clock.advance(START_OF(59.5) - h.clock.monotonic());
    expect(await until(h.clock, role.get(), 100)).toBe(first);
  }
});

test("adaptive: a session of ever fewer minutes replaces none that is valid for longer", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  await role.get();
  let seconds = 3600;
  h.sts = ({ input }) => answer(input, 800 + h.calls.length, h.clock, (seconds -= 121));
  for (let step = 0; step < 20; step++) {
    await h.clock.advance(6000);
    await until(h.clock, role.get({ forceRefresh: true }), 100);
  }
  h.sts = down;
  await h.clock.advance(START_OF(57) - h.clock.monotonic());
  expect(h.calls.length).toBeGreaterThan(20);
  expect(role.peek()).toBeDefined();
});

test("adaptive: a short session is taken when it ends last, and when the cached key was rejected", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  await h.clock.advance(START_OF(55));
  h.sts = ({ input }) => answer(input, 800 + h.calls.length, h.clock, 600);
  role.peek();
  await settle();
  const second = role.peek();
  expect(second).not.toBe(first);
  h.sts = ({ input }) => answer(input, 800 + h.calls.length, h.clock, 60);
  role.invalidate({ accessKeyId: second?.accessKeyId ?? "", reason: "rejected" });
  expect(await until(h.clock, role.get(), 100)).not.toBe(second);
});

test("adaptive: many attempts fit between the first failure and the expiry, and few are wasted", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  const first = await role.get();
  h.sts = down;
  const attempts = new Set<number>();
  while (role.peek() !== undefined) {
    const before = h.calls.length;
    await until(h.clock, role.get(), 100);
    await h.clock.advance(1000);
    if (h.calls.length > before) attempts.add(h.clock.monotonic());
  }
  expect(first.expiration.getTime() - (h.calls.at(-1)?.at ?? 0)).toBeLessThan(10_000);
  expect(attempts.size).toBeGreaterThan(8);
  expect(attempts.size).toBeLessThan(40);
});

test("adaptive: expired credentials are never served", async () => {
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  await role.get();
  await h.clock.advance(60 * 60_000);
  h.sts = down;
  await expect(until(h.clock, role.get(), 100)).rejects.toMatchObject({ code: "CREDENTIALS_EXPIRED" });
});

test("adaptive: windows are spread, so that a fleet started together does not renew together", async () => {
  const next = await Promise.all(
    [0, 0.5, 1].map(async (draw) => {
      const h = harness({ random: () => draw });
      await h.broker.role({ roleArn: ROLE }).get();
      return (h.broker.snapshot().roles[0]?.nextRefresh?.getTime() ?? 0) - h.clock.now();
    }),
  );
  expect(new Set(next).size).toBe(3);
  expect(Math.max(...next)).toBeLessThanOrEqual(45 * 60_000);
  expect(Math.min(...next)).toBeGreaterThanOrEqual(39 * 60_000);
});

test("a fixed window is used up to half of the lifetime (aws-sdk-net#4313), and an impossible one is refused", async () => {
  const h = harness({ windows: { advisoryMs: 900_000, mandatoryMs: 600_000 } });
  await h.broker.role({ roleArn: ROLE, durationSeconds: 900 }).get();
  const ahead = (h.broker.snapshot().roles[0]?.nextRefresh?.getTime() ?? 0) - h.clock.now();
  expect(ahead).toBeGreaterThan(300_000);
  for (const windows of [
    { advisoryMs: 60_000, mandatoryMs: 120_000 },
    { advisoryMs: Number.NaN, mandatoryMs: 1 },
    "often",
  ]) {
    expect(() => harness({ windows: windows as never })).toThrow(/^windows(?:\.\w+)?: must be /u);
  }
});

test("an idle session is left to expire, one in use is renewed without a call", async () => {
  const h = harness();
  const used = h.broker.role({ roleArn: ROLE });
  const idle = h.broker.role({ roleArn: `${ROLE}Idle` });
  await used.get();
  await idle.get();
  await h.clock.advance(40 * 60_000);
  used.peek();
  await h.clock.advance(5 * 60_000);
  h.tick();
  await settle();
  expect(h.calls.slice(2).map(({ input }) => input["RoleArn"])).toEqual([ROLE]);
  await h.clock.advance(20 * 60_000);
  h.tick();
  expect(h.broker.snapshot().roles.map(({ key }) => key)).toEqual([used.key]);
});
