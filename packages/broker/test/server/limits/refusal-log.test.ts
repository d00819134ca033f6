import { createManualClock } from "@countersign/testing";
import { expect, it } from "vitest";
import { limitedAddress } from "../../../src/server/limits/remote-address.ts";
import { createRefusalLog } from "../../../src/server/limits/refusal-log.ts";

const setUp = () => {
  const clock = createManualClock(Date.UTC(2026, 0, 2));
  return { clock, log: createRefusalLog(clock) };
};

it.each<[string, (index: number) => string]>([
  ["the addresses of a /48 of IPv6", (index) => limitedAddress(`2001:db8:1:${index.toString(16)}::1`)],
  ["the addresses of a /32 of IPv6", (index) => limitedAddress(`2001:db8:${index.toString(16)}::1`)],
  ["many addresses of IPv4", (index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`],
])("a flood from %s fills no audit trail", async (_, addressOf) => {
  const { clock, log } = setUp();
  let reports = 0;
  for (let minute = 0; minute < 3; minute++) {
    for (let index = 0; index < 30_000; index++) reports += log.next(addressOf(index)) === undefined ? 0 : 1;
    await clock.advance(60_000);
  }
  expect(reports).toBeGreaterThan(1000);
  expect(reports).toBeLessThanOrEqual(3 * 600);
});

it("a flood of one address hides no refusal of another, and is sampled with the count of the rest", async () => {
  const { clock, log } = setUp();
  for (let index = 0; index < 1000; index++) log.next("192.0.2.1");
  expect(log.next("192.0.2.2")).toEqual({ suppressed: 0 });
  await clock.advance(10_000);
  expect(log.next("192.0.2.1")).toEqual({ suppressed: 980 });
  expect(log.next("192.0.2.1")).toBeUndefined();
});

it("a flood of all addresses is sampled too", async () => {
  const { clock, log } = setUp();
  for (let index = 0; index < 5000; index++) log.next(`10.0.${index >> 8}.${index & 255}`);
  expect(log.next("192.0.2.2")).toBeUndefined();
  await clock.advance(10_000);
  expect(log.next("192.0.2.2")).toEqual({ suppressed: 1 });
  expect(log.next("192.0.2.3")).toBeUndefined();
});
