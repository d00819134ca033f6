import { createManualClock } from "@countersign/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { BrokerCredentials } from "../../src/model/credentials.ts";
import type { BrokerOptions } from "../../src/broker/broker-options.ts";
import type { BrokerError } from "../../src/errors/error.ts";
import {
  answer,
  denied,
  down,
  type Harness,
  harness,
  ROLE,
  settle,
  START,
  stsError,
  type StsStep,
  until,
} from "../harness.ts";
import { memoryStore } from "../store/memory-store.ts";

/*
 * Random scripts of faults, calls and time against one broker. What must hold is checked at the moment each call ends.
 */

const ROLES = [0, 1, 2].map((index) => `${ROLE}${index}`);

const hang: StsStep = (_call, { signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));

const healthy: StsStep = (_call, _context, issue) => issue();

const faults = {
  healthy,
  slow: (call, context, issue) =>
    Promise.race([
      hang(call, context, issue),
      settle()
        .then(settle)
        .then(() => issue()),
    ]),
  down,
  denied,
  hang,
  throttled: () => {
    throw stsError("Throttling", 400, "Rate exceeded");
  },
  "source rejected": () => {
    throw stsError("InvalidClientTokenId", 403);
  },
  stale: ({ input }, _context, issue) => ({ ...answer(input, 1, current.clock, -5), date: issue().date as Date }),
  "wrong account": ({ input }) => answer({ ...input, RoleArn: ROLE.replace("1111", "9999") }, 777, current.clock),
  "Invalid Date": (_call, _context, issue) => {
    const issued = issue();
    return { ...issued, Credentials: { ...issued.Credentials, Expiration: new Date(Number.NaN) } };
  },
} as const satisfies Readonly<Record<string, StsStep>>;

let current: Harness;

const role = fc.nat({ max: ROLES.length - 1 });
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("get" as const),
      role,
      force: fc.boolean(),
      minTtlMs: fc.option(fc.nat({ max: 5_000_000 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("peek" as const), role }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("advance" as const),
      seconds: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 1500 })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("fault" as const),
      fault: fc.constantFrom(...(Object.keys(faults) as (keyof typeof faults)[])),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("back" as const), seconds: fc.nat({ max: 7200 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("reject" as const),
      role,
      reason: fc.constantFrom("rejected" as const, "revoked" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("revoke" as const), role }) },
  { weight: 1, arbitrary: fc.constant({ kind: "tick" as const }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

interface Rules {
  readonly options?: Partial<BrokerOptions>;
  /** Whether whatever was handed out last is still held: not under eviction. */
  readonly holdsOn: boolean;
}

async function play(actions: readonly Action[], random: () => number, { options = {}, holdsOn }: Rules): Promise<void> {
  const issued = new Map<string, string>();
  const last = new Map<number, BrokerCredentials>();
  const revoked = new Set<string>();
  const violations: string[] = [];
  const h = harness({ ...options, random });
  current = h;
  const { clock, broker } = h;
  const roles = ROLES.map((roleArn) => broker.role({ roleArn }));
  let fault: StsStep = healthy;
  h.sts = (call, context, issue) =>
    fault(call, context, () => {
      const made = issue();
      issued.set(made.Credentials?.AccessKeyId as string, call.input["RoleArn"] as string);
      return made;
    });

  /** The time by the clock of STS, which no jump of ours moves. */
  const stsNow = (): number => START + clock.monotonic();
  const check = (index: number, credentials: BrokerCredentials, how: string): void => {
    if (credentials.expiration.getTime() <= stsNow()) violations.push(`${how}: expired credentials`);
    if (issued.get(credentials.accessKeyId) !== ROLES[index]) violations.push(`${how}: credentials of another role`);
    if (revoked.has(credentials.accessKeyId)) violations.push(`${how}: revoked credentials`);
    last.set(index, credentials);
  };

  const pending: Promise<void>[] = [];
  for (const step of actions) {
    if (step.kind === "fault") fault = faults[step.fault];
    else if (step.kind === "back") clock.jump(-1000 * step.seconds);
    else if (step.kind === "tick") h.tick();
    else if (step.kind === "advance") {
      // In strides, as time passes: what waits for a timer runs before the next.
      for (let left = step.seconds; left > 0; left -= 7) await clock.advance(1000 * Math.min(left, 7));
    } else if (step.kind === "peek") {
      const credentials = roles[step.role]?.peek();
      if (credentials !== undefined) check(step.role, credentials, "peek");
    } else if (step.kind === "reject") {
      const accessKeyId = last.get(step.role)?.accessKeyId ?? "ASIANOBODY";
      if (roles[step.role]?.peek()?.accessKeyId === accessKeyId && step.reason === "revoked") revoked.add(accessKeyId);
      roles[step.role]?.invalidate({ accessKeyId, reason: step.reason });
    } else if (step.kind === "revoke") {
      for (const [accessKeyId, roleArn] of issued) if (roleArn === ROLES[step.role]) revoked.add(accessKeyId);
      await broker.revoke({ roleArn: ROLES[step.role] });
    } else {
      const { role: index, force, minTtlMs } = step;
      const call = (roles.at(index) ?? broker.role({ roleArn: ROLE })).get({
        forceRefresh: force,
        ...(minTtlMs !== null && { minTtlMs }),
      });
      pending.push(
        call.then(
          (credentials) => check(index, credentials, "get"),
          (error: BrokerError) => {
            const held = roles[index]?.peek() ?? last.get(index);
            const good =
              held !== undefined && !revoked.has(held.accessKeyId) && held.expiration.getTime() > stsNow() + 2000;
            if (good && holdsOn) violations.push(`get threw ${error.code} with ${held.accessKeyId} held`);
            if (error.name !== "BrokerError") violations.push(`get threw a ${error.name}`);
          },
        ),
      );
      await settle();
    }
  }
  fault = healthy;
  await until(clock, Promise.all(pending), 5000);
  // Whatever happened, a healthy STS heals it.
  await clock.advance(60_000);
  const healed = await until(clock, Promise.all(roles.map((one) => one.get())), 500);
  expect({ violations, healed: healed.map(({ accessKeyId }) => issued.get(accessKeyId)) }).toEqual({
    violations: [],
    healed: ROLES,
  });
  expect(h.maxAtOnce()).toBeLessThanOrEqual(1);
  await broker.close();
}

const script = fc.array(action, { minLength: 5, maxLength: 40 });
const chance = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));

const rules: Readonly<Record<string, Rules>> = {
  adaptive: { holdsOn: true },
  "exact windows": { holdsOn: true, options: { windows: { advisoryMs: 600_000, mandatoryMs: 120_000 } } },
  "constant eviction": { holdsOn: false, options: { limits: { maxEntries: 1 } } },
  "hardly any STS": {
    holdsOn: true,
    options: { limits: { stsPerSecond: 0.5, burst: 1, maxInFlight: 1, maxQueue: 2 } },
  },
};

test.each(Object.entries(rules))(
  "never a throw while valid, never what is expired, foreign or revoked, one call at a time: %s",
  async (_, rule) => {
    expect.hasAssertions();
    await fc.assert(
      fc.asyncProperty(script, chance, async (actions, stream) => {
        await play(actions, () => stream.next().value as number, rule);
      }),
      { numRuns: 60 },
    );
  },
);

const fleetAction = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("get" as const), member: fc.nat({ max: 2 }), role }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("advance" as const),
      seconds: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 1500 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("fault" as const),
      fault: fc.constantFrom("healthy" as const, "slow" as const, "down" as const, "hang" as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "tick" as const }) },
);

test("a fleet on a healthy store makes one call for each session, and another one only while a call is slow", async () => {
  expect.hasAssertions();
  await fc.assert(
    fc.asyncProperty(fc.array(fleetAction, { minLength: 5, maxLength: 40 }), chance, async (actions, stream) => {
      const clock = createManualClock(START);
      const store = memoryStore(clock);
      /** When members began to fetch, by session; without their own retries. */
      const begun = new Map<unknown, ReadonlyMap<object, number>>();
      /** The members' latest calls, by session. */
      const latest = new Map<unknown, Map<object, number>>();
      let most = 0;
      let fault: StsStep = healthy;
      const members = [0, 1, 2].map(() => harness({ clock, store, random: () => stream.next().value as number }));
      for (const member of members) {
        member.sts = async (call, context, issue) => {
          const session = call.input["RoleArn"];
          const calls = latest.get(session) ?? new Map<object, number>();
          latest.set(session, calls);
          const startedAt = clock.monotonic();
          // A member whose call hangs tries again by itself; what counts are members that begin.
          const isRetry = startedAt - (calls.get(member) ?? -Infinity) < 30_000;
          calls.set(member, startedAt);
          if (!isRetry) {
            const others = [...(begun.get(session) ?? [])].filter(([other]) => other !== member);
            // A lease lasts 1.5 s without a heartbeat. Time moves in steps of a second here.
            most = Math.max(most, 1 + others.filter(([, at]) => at > startedAt - 1500).length);
            begun.set(session, new Map(others).set(member, startedAt));
          }
          return fault(call, context, issue);
        };
      }
      const pending: Promise<unknown>[] = [];
      for (const step of actions) {
        if (step.kind === "fault") fault = faults[step.fault];
        else if (step.kind === "tick") for (const member of members) member.tick();
        else if (step.kind === "advance") {
          // In seconds while a fetch may be under way: it must not outlast its lock for want of a smaller step.
          for (let second = 0; second < Math.min(step.seconds, 70); second++) await clock.advance(1000);
          await clock.advance(1000 * Math.max(0, step.seconds - 70));
        } else {
          const roleArn = ROLES.at(step.role) ?? ROLE;
          pending.push(
            (members.at(step.member) as Harness).broker
              .role({ roleArn })
              .get()
              .catch(() => undefined),
          );
          await settle();
        }
      }
      fault = healthy;
      await until(clock, Promise.all(pending), 1000);
      await Promise.all(members.map(({ broker }) => broker.close()));
      expect(most).toBeLessThanOrEqual(1);
    }),
    { numRuns: 40 },
  );
});
