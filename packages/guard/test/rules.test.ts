import { describe, expect, it } from "vitest";
import { type Facts, createGuard } from "../src/index.ts";
import { rules } from "../src/rules.ts";
import { bodies, groups, image, subnets, zones } from "./bodies.ts";

const guard = createGuard({
  posture: "locked",
  network: { vpcId: "vpc-0a1b2c3d4e5f60718", subnets, securityGroupIds: groups, vpcEndpoints: ["vpce-0a1b2c3d"] },
});
const facts: Facts = {
  host: { name: "vpce-0a1b2c3d-9x8y7z6w.api.sagemaker.eu-west-1.vpce.amazonaws.com", vpcEndpoint: true },
  models: {
    churn: { VpcConfig: { Subnets: subnets, SecurityGroupIds: groups }, EnableNetworkIsolation: true },
  },
  subnetZones: zones,
  subnetAddresses: Object.fromEntries(subnets.map((subnet) => [subnet, 200])),
  images: { [image]: { verdict: "pass", image, findings: [] } },
};

describe("a body that keeps the locked posture", () => {
  for (const [action, body] of Object.entries(bodies))
    it(`${action} has no finding`, () => {
      expect(guard.check(action, body, facts)).toEqual([]);
    });

  it("stands there for every operation that a rule names", () => {
    const named = new Set(rules.flatMap((rule) => rule.actions));
    named.delete("*");
    expect([...named].filter((action) => bodies[action] === undefined)).toEqual([]);
  });
});
