import { expect, it, vi } from "vitest";
import type { Target, Targets } from "../../src/platform/contract.ts";
import { keepTargets } from "../../src/platform/keep-targets.ts";

function kept(): { targetOf: Targets; make: ReturnType<typeof vi.fn<Targets>> } {
  const make = vi.fn<Targets>((endpointName, contentType) => ({ action: `${endpointName} ${contentType}` }) as Target);
  return { targetOf: keepTargets(make), make };
}

it("makes a target once for an endpoint and a content type", () => {
  const { targetOf, make } = kept();
  const first = targetOf("a", "text/plain");
  expect(targetOf("a", "text/plain")).toBe(first);
  expect(targetOf("a", "application/json")).not.toBe(first);
  expect(targetOf("b", "text/plain")).not.toBe(first);
  expect(make).toHaveBeenCalledTimes(3);
});

it.each([500, 512])("makes each of %d targets in turn once", (count) => {
  const { targetOf, make } = kept();
  for (let n = 0; n < count * 4; n++) targetOf(`endpoint-${n % count}`, "text/plain");
  expect(make).toHaveBeenCalledTimes(count);
});

it("forgets what is not used, and keeps what is", () => {
  const { targetOf, make } = kept();
  const steady = targetOf("steady", "text/plain");
  for (let n = 0; n < 5_000; n++) {
    targetOf(`passing-${n}`, "text/plain");
    expect(targetOf("steady", "text/plain")).toBe(steady);
  }
  make.mockClear();
  targetOf("passing-0", "text/plain");
  expect(make).toHaveBeenCalledTimes(1);
});
