import { expect, test } from "vitest";
import { harness, ROLE } from "../harness.ts";

const LIMITS = { maxQueue: 1_000_000, maxInFlight: 1000, stsPerSecond: 1_000_000, burst: 1_000_000 };

/** Processor time for each of many sessions that are fetched at once, in microseconds. */
async function costOf(keys: number, signal?: AbortSignal): Promise<number> {
  const { broker, calls } = harness({ limits: LIMITS });
  const roles = Array.from({ length: keys }, (_, index) =>
    broker.role({ roleArn: `${ROLE}${index}`, tenant: `t${index}` }),
  );
  const before = process.cpuUsage();
  await Promise.all(roles.map((role) => role.get(signal === undefined ? undefined : { signal })));
  const { user, system } = process.cpuUsage(before);
  expect(calls).toHaveLength(keys);
  await broker.close();
  return (user + system) / keys;
}

test(
  "many cold keys at once cost per key what few cost, without a warning about listeners",
  { timeout: 180_000 },
  async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    await costOf(500);
    const few = await costOf(500);
    const many = await costOf(5000);
    process.off("warning", note);
    expect(warnings.filter(({ name }) => name === "MaxListenersExceededWarning")).toEqual([]);
    // Quadratic work would cost 10 times as much.
    expect(many).toBeLessThan(6 * few);
  },
);

test(
  "callers that share one signal cost what others cost, without a warning about listeners",
  { timeout: 180_000 },
  async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    const few = await costOf(500, new AbortController().signal);
    const many = await costOf(5000, new AbortController().signal);
    process.off("warning", note);
    expect(warnings.filter(({ name }) => name === "MaxListenersExceededWarning")).toEqual([]);
    expect(many).toBeLessThan(6 * few);
  },
);
