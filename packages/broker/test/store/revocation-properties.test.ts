import { createManualClock } from "@countersign/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { BrokerCredentials } from "../../src/model/credentials.ts";
import { denied, down, harness, ROLE, settle, type StsStep, until } from "../harness.ts";
import type { SharedStore } from "../../src/store/store.ts";
import { memoryStore } from "./memory-store.ts";

/*
 * Random scripts of two processes that share a store: revocations, outages of the store for one of them, clocks that are
 * behind and faults of STS. The process that revoked serves nothing that was issued before, from then on; the other one,
 * once both have looked at the store.
 */

const START = Date.UTC(2026, 0, 2, 3, 4, 5);
const ROLES = [`${ROLE}0`, `${ROLE}1`];
const healthy: StsStep = (_call, _context, issue) => issue();
const faults = { healthy, down, denied } as const;

const member = fc.nat({ max: 1 });
const role = fc.nat({ max: 1 });
const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("get" as const), member, role, force: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("revoke" as const), member, role: fc.option(role, { freq: 1 }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("store" as const), member, isOn: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("tick" as const), member }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("advance" as const), seconds: fc.nat({ max: 20 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("sts" as const),
      fault: fc.constantFrom("healthy" as const, "down" as const, "denied" as const),
    }),
  },
);
/** How far behind the clock of each process is, in seconds. Clocks of one fleet are less than an hour apart. */
const behind = fc.tuple(fc.nat({ max: 3000 }), fc.nat({ max: 3000 }));
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** A revocation, and the processes in which it must hold by now. */
interface Revoked {
  readonly role: number | null;
  readonly issued: number;
  readonly members: ReadonlySet<number>;
}

async function play(behindS: readonly number[], actions: readonly Action[]): Promise<void> {
  const shared = memoryStore();
  /** The number of each access key, in the order in which STS issued them. */
  const issued = new Map<string, number>();
  const revoked: Revoked[] = [];
  const violations: string[] = [];
  const isOff = [false, false];
  let fault: StsStep = healthy;
  const members = isOff.map((_, index) => {
    const through = async <T>(operate: () => Promise<T>): Promise<T> => {
      if (isOff[index] ?? false) throw new Error("off");
      return operate();
    };
    // Without leases: each process fetches by itself, also while another one hangs.
    const store: SharedStore = {
      needsSourceId: true,
      read: (...given: Parameters<typeof shared.read>) => through(() => shared.read(...given)),
      write: (...given: Parameters<typeof shared.write>) => through(() => shared.write(...given)),
      drop: (...given: Parameters<typeof shared.drop>) => through(() => shared.drop(...given)),
      revoke: (...given: Parameters<NonNullable<typeof shared.revoke>>) =>
        through(async () => shared.revoke?.(...given) as never),
      revocations: () => through(async () => shared.revocations?.() as never),
    };
    const h = harness({ clock: createManualClock(START), store });
    h.sts = async (call, context, issue) => {
      const answered = await fault(call, context, issue);
      const number = issued.size + 1;
      const id = `ASIA${String(number).padStart(16, "0")}`;
      issued.set(id, number);
      return { ...answered, Credentials: { ...answered.Credentials, AccessKeyId: id } };
    };
    return h;
  });
  for (const [index, { clock }] of members.entries()) clock.jump(-1000 * (behindS[index] ?? 0));
  const roles = members.map(({ broker }) => ROLES.map((roleArn) => broker.role({ roleArn })));
  const advance = async (ms: number): Promise<void> => {
    for (const { clock } of members) await clock.advance(ms);
  };
  const check = (by: number, of: number, { accessKeyId }: BrokerCredentials, how: string): void => {
    const number = issued.get(accessKeyId) ?? 0;
    const isVoid = revoked.some(
      (one) => one.members.has(by) && (one.role === null || one.role === of) && number <= one.issued,
    );
    if (isVoid) violations.push(`${how}: process ${by} serves key ${number} of role ${of}`);
  };

  for (const step of actions) {
    // No two revocations are within some milliseconds of each other, by any clock: their numbers would be the same.
    await advance(1009);
    if (step.kind === "sts") fault = faults[step.fault];
    else if (step.kind === "advance") await advance(1000 * step.seconds);
    else {
      const h = members[step.member];
      if (h === undefined) throw new RangeError("there is no such process");
      const { broker, clock } = h;
      if (step.kind === "store") {
        isOff[step.member] = !step.isOn;
        // It looks every two seconds.
        h.tick();
        await settle();
      } else if (step.kind === "tick") {
        h.tick();
        await settle();
      } else if (step.kind === "revoke") {
        await broker.revoke({ roleArn: step.role === null ? undefined : ROLES[step.role] }).catch(() => undefined);
        revoked.push({ role: step.role, issued: issued.size, members: new Set([step.member]) });
      } else {
        const call = roles[step.member]?.[step.role]?.get({ forceRefresh: step.force });
        if (call !== undefined) {
          await until(clock, call).then(
            (credentials) => check(step.member, step.role, credentials, "get"),
            () => undefined,
          );
        }
      }
    }
    for (const [by, own] of roles.entries()) {
      for (const [of, one] of own.entries()) {
        const credentials = one.peek();
        if (credentials !== undefined) check(by, of, credentials, "peek");
      }
    }
  }

  isOff.fill(false);
  for (let looks = 0; looks < 3; looks++) {
    await advance(6000);
    for (const h of members) {
      h.tick();
      await settle();
    }
  }
  for (const [index, one] of revoked.entries()) revoked[index] = { ...one, members: new Set([0, 1]) };
  fault = healthy;
  await advance(61_000);
  for (const [by, own] of roles.entries()) {
    for (const [of, one] of own.entries()) {
      const cached = one.peek();
      if (cached !== undefined) check(by, of, cached, "after all looked");
      check(by, of, await one.get(), "healed");
    }
  }
  expect(violations).toEqual([]);
  await Promise.all(members.map(({ broker }) => broker.close()));
}

test("what was revoked is served by no process, whichever revoked it, however far behind, in whatever outage", async () => {
  expect.hasAssertions();
  await fc.assert(fc.asyncProperty(behind, fc.array(action, { minLength: 5, maxLength: 30 }), play), {
    numRuns: 300,
  });
}, 120_000);
