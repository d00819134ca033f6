import { describe, expect, it } from "vitest";
import { createFingerprints } from "../src/receive/fingerprints.ts";
import { createSeenSignatures } from "../src/receive/replay.ts";

/** Sixteen digits of their own for each number: multiplying by an odd number loses none. */
const signature = (index: number): string =>
  (Math.imul(index, 0x9e_37_79_b1) >>> 0).toString(16).padStart(8, "0") +
  (Math.imul(index, 0x85_eb_ca_6b) >>> 0).toString(16).padStart(8, "0") +
  "0".repeat(48);
/** CPU time to add pairs to a set. */
function millisecondsOf(pairOf: (index: number) => readonly [number, number]): number {
  const set = createFingerprints();
  const before = process.cpuUsage();
  for (let index = 0; index < 60_000; index += 1) set.add(...pairOf(index));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
const [a, b, c] = [signature(1), signature(2), signature(3)];

describe("fingerprints", () => {
  it("are a set of pairs, also where they share slots and halves and where they are zero", () => {
    const set = createFingerprints();
    const told = new Set<string>();
    const wrong: string[] = [];
    const numbers = [0, 1, 2, 1023, 1024, 0x7f_ff_ff_ff, 0x80_00_00_00, 0xff_ff_ff_fe, 0xff_ff_ff_ff];
    for (const high of numbers) {
      for (let step = 0; step < 300; step += 1) {
        for (const low of [step * 1024 + 2, (0xff_ff_ff_ff - step) >>> 0, ...numbers.slice(1)]) {
          const pair = `${high} ${low}`;
          const isTold = told.has(pair);
          if (set.has(high, low) !== isTold || set.add(high, low) === isTold) wrong.push(pair);
          told.add(pair);
        }
      }
    }
    expect([wrong, set.size]).toEqual([[], told.size]);
    expect([set.add(5, 0), set.has(5, 0), set.add(5, 0), set.has(6, 0)]).toEqual([true, true, false, false]);
  });

  it.each<[string, (index: number) => readonly [number, number]]>([
    ["low halves that end in zeros", (index) => [0, (index << 14) >>> 0]],
    ["halves that count up", (index) => [64 * index, index % 64]],
    ["one low half", (index) => [(index * 64) >>> 0, 7]],
  ])("%s, which a client can search for, take no longer than others", (_what, pairOf) => {
    const chosen = millisecondsOf((index) => pairOf(index));
    const others = millisecondsOf((index) => [
      Math.imul(index, 0x9e_37_79_b1) >>> 0,
      Math.imul(index, 0x85_eb_ca_6b) >>> 0,
    ]);
    expect(chosen / others).toBeLessThan(20);
  });
});

describe("the memory of signatures", () => {
  it(
    "holds what one process can answer in a generation: nothing valid is refused after two million requests",
    { timeout: 120_000 },
    () => {
      const signatures = createSeenSignatures(300_000);
      const before = process.memoryUsage().rss;
      for (let index = 0; index < 2_100_000; index += 1) {
        if (signatures.seen(signature(index), index / 5)) throw new Error(`refused ${index}`);
      }
      expect(signatures.size).toBe(2_100_000);
      expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
      for (const index of [0, 1, 999_999, 2_099_999]) expect(signatures.seen(signature(index), 420_000)).toBe(true);
    },
  );

  it("accepts a signature once within two generations, and forgets it after them", () => {
    const signatures = createSeenSignatures(300_000);
    expect(signatures.seen(a, 0)).toBe(false);
    expect([1, 599_999, 600_000, 1_199_999].map((at) => signatures.seen(a, at))).toEqual([true, true, true, true]);
    expect(signatures.seen(a, 1_800_000)).toBe(false);
    expect(signatures.size).toBe(1);
  });

  it("that is full accepts nothing twice", () => {
    const signatures = createSeenSignatures(300_000, 2);
    expect([a, b, c, a].map((one) => signatures.seen(one, 0))).toEqual([false, false, true, true]);
    // The next generation has room again, and remembers the one before.
    expect([c, a, b].map((one) => signatures.seen(one, 600_000))).toEqual([false, true, true]);
  });
});
