import { createManualClock } from "@countersign/testing";
import { expect, test } from "vitest";
import { createRegionRoute } from "../../src/sts/region-route.ts";
import { harness, ROLE, stsError, until } from "../harness.ts";

test("two failures send a Region away for five minutes, then it is asked again", async () => {
  const clock = createManualClock();
  const route = createRegionRoute(["a", "b"], clock);
  expect(route.failed("a", false)).toBe(false);
  expect(route.failed("a", false)).toBe(true);
  expect(route.current()).toBe("b");
  await clock.advance(5 * 60_000);
  expect(route.current()).toBe("a");
  expect(route.failed("a", false)).toBe(true);
  route.succeeded("a");
  expect(route.current()).toBe("a");
});

test("when all are away the first to come back is asked", async () => {
  const clock = createManualClock();
  const route = createRegionRoute(["a", "b"], clock);
  route.failed("a", true);
  await clock.advance(1000);
  route.failed("b", true);
  expect(route.current()).toBe("a");
});

test("a cold fetch survives the outage of a Region", async () => {
  const h = harness({ failoverRegions: ["eu-central-1"] });
  h.sts = ({ region }, _context, issue) => {
    if (region === "eu-west-1") throw stsError("ServiceUnavailable", 503);
    return issue();
  };
  await expect(until(h.clock, h.broker.role({ roleArn: ROLE }).get(), 100)).resolves.toBeDefined();
  await h.broker.role({ roleArn: `${ROLE}2` }).get();
  expect(h.calls.map(({ region }) => region)).toEqual(["eu-west-1", "eu-west-1", "eu-central-1", "eu-central-1"]);
});

test("a Region that is not active is left at once (Calamari#1459), and without another it is the answer", async () => {
  const h = harness({ failoverRegions: ["eu-central-1"] });
  h.sts = () => {
    throw stsError("RegionDisabledException", 403);
  };
  await expect(until(h.clock, h.broker.role({ roleArn: ROLE }).get())).rejects.toMatchObject({
    code: "REGION_DISABLED",
  });
  expect(h.calls.map(({ region }) => region)).toEqual(["eu-west-1", "eu-central-1"]);
});
