import { createManualClock, type ManualClock } from "@countersign/testing";
import { expect, test } from "vitest";
import { down, type Harness, harness, ROLE, START, stsError, until } from "../harness.ts";
import type { StoreSlot } from "../../src/store/store.ts";
import { memoryStore } from "./memory-store.ts";

/*
 * A process whose reading of the time is wrong: no valid credential is refused, none expired is served. Each wrong reading
 * ends before the session does, and STS is down from then on, so that only the session in the cache can be served.
 */

const MINUTE = 60_000;
const OTHER = `${ROLE}2`;

/** Two processes with a clock each and a store in common. The second has issued a session of another role before. */
async function two(): Promise<{ fetches: Harness; reads: Harness; readonly advance: (ms: number) => Promise<void> }> {
  const store = memoryStore();
  const [fetches, reads] = [
    harness({ clock: createManualClock(START), store }),
    harness({ clock: createManualClock(START), store }),
  ] as const;
  await reads.broker.role({ roleArn: OTHER, durationSeconds: 3600 }).get();
  await fetches.broker.role({ roleArn: ROLE, durationSeconds: 900 }).get();
  return {
    fetches,
    reads,
    async advance(ms) {
      await fetches.clock.advance(ms);
      await reads.clock.advance(ms);
    },
  };
}

/** Answers correct the clock to `aheadMs` before the true time: two agree. */
function correct(clock: ManualClock, aheadMs: number): void {
  const at = clock.wall();
  const date = new Date(START + clock.monotonic() + aheadMs);
  for (let answers = 0; answers < 2; answers++) clock.observe({ date, sentAt: at, receivedAt: at });
}

/** A server refuses the present correction. */
function refuseCorrection(clock: ManualClock): void {
  const at = clock.wall();
  clock.observe({ date: new Date(at), sentAt: at, receivedAt: at, confirmed: true, refusedOffsetMs: clock.offsetMs });
  expect(clock.offsetMs).toBe(0);
}

const wrongReadings: Readonly<Record<string, Readonly<Record<"begin" | "end", (clock: ManualClock) => void>>>> = {
  "an answer's Date was ten minutes ahead": {
    begin: (clock) => correct(clock, 10 * MINUTE),
    end: refuseCorrection,
  },
  "the machine's clock was ten minutes ahead": {
    begin: (clock) => clock.jump(10 * MINUTE),
    end: (clock) => clock.jump(-10 * MINUTE),
  },
  "the machine's clock was ten minutes ahead, until an answer corrected it": {
    begin: (clock) => clock.jump(10 * MINUTE),
    end: (clock) => correct(clock, 0),
  },
  "the machine's clock was half an hour behind, and corrected": {
    begin(clock) {
      clock.jump(-30 * MINUTE);
      correct(clock, 0);
    },
    end: () => undefined,
  },
  "a correction outlived the wrong clock": {
    begin(clock) {
      clock.jump(30 * MINUTE);
      correct(clock, 0);
      clock.jump(-30 * MINUTE);
    },
    end: () => undefined,
  },
  "the machine's clock was half an hour behind": {
    begin: (clock) => clock.jump(-30 * MINUTE),
    end: (clock) => clock.jump(30 * MINUTE),
  },
};

test.each(Object.entries(wrongReadings))(
  "a stored session is served until it expires, read while %s",
  async (_, { begin, end }) => {
    const { reads, advance } = await two();
    await advance(MINUTE);
    begin(reads.clock);
    const role = reads.broker.role({ roleArn: ROLE, durationSeconds: 900 });
    const read = await until(reads.clock, role.get(), 10);
    expect(reads.calls).toHaveLength(1);
    end(reads.clock);
    reads.sts = down;
    await advance(13 * MINUTE - 5000);
    await expect(until(reads.clock, role.get())).resolves.toBe(read);
    await advance(MINUTE + 10_000);
    expect(role.peek()).toBeUndefined();
  },
);

test.each(Object.entries(wrongReadings))(
  "a cached session is served until it expires, after %s",
  async (_, { begin, end }) => {
    const { reads, advance } = await two();
    const role = reads.broker.role({ roleArn: `${ROLE}3`, durationSeconds: 900 });
    const cached = await until(reads.clock, role.get(), 10);
    reads.sts = down;
    await advance(MINUTE);
    begin(reads.clock);
    await advance(MINUTE);
    end(reads.clock);
    await advance(12 * MINUTE);
    await expect(until(reads.clock, role.get())).resolves.toBe(cached);
    await advance(MINUTE + 10_000);
    expect(role.peek()).toBeUndefined();
  },
);

test("a process that was just started with its clock ahead serves a stored session until it expires", async () => {
  const shared = memoryStore();
  const fetches = harness({ clock: createManualClock(START), store: shared });
  await fetches.broker.role({ roleArn: ROLE, durationSeconds: 900 }).get();
  const store = {
    ...shared,
    read: async (slot: StoreSlot) => ({ ...(await shared.read(slot)), remainingMs: 15 * MINUTE }),
  };
  const reads = harness({ clock: createManualClock(START), store });
  reads.sts = down;
  reads.clock.jump(10 * MINUTE);
  const role = reads.broker.role({ roleArn: ROLE, durationSeconds: 900 });
  const read = await until(reads.clock, role.get(), 10);
  reads.clock.jump(-10 * MINUTE);
  await reads.clock.advance(14 * MINUTE);
  await expect(until(reads.clock, role.get())).resolves.toBe(read);
  await reads.clock.advance(MINUTE);
  expect(role.peek()).toBeUndefined();
});

test("a process whose clock was set ahead does not remove valid sessions from the store", async () => {
  const { reads, advance } = await two();
  reads.sts = () => {
    throw stsError("ServiceUnavailable", 503);
  };
  reads.clock.jump(60 * MINUTE);
  const role = reads.broker.role({ roleArn: ROLE, durationSeconds: 900 });
  await expect(until(reads.clock, role.get())).rejects.toMatchObject({ code: "STS_UNAVAILABLE" });
  reads.clock.jump(-60 * MINUTE);
  await advance(MINUTE);
  await expect(until(reads.clock, role.get())).resolves.toBeDefined();
});
