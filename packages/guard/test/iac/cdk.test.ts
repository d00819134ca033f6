import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCdkPlugin } from "../../src/iac/cdk.ts";
import { createGuard } from "../../src/index.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-cdk-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const template = (name: string, resources: object): string => {
  const path = join(folder, `${name}.template.json`);
  writeFileSync(path, JSON.stringify({ Resources: resources, Parameters: { Iso: { Type: "String" } } }));
  return path;
};
const vpc = { VpcConfig: { Subnets: ["subnet-0a", "subnet-0b"], SecurityGroupIds: ["sg-0a"] } };
const model = (Properties: object) => ({ Type: "AWS::SageMaker::Model", Properties });

describe("the validation plugin of the CDK", () => {
  it("reports violations by resource, template and property, and passes templates without any", () => {
    const plugin = createCdkPlugin({ guard: createGuard({ posture: "private" }) });
    expect(plugin.ruleIds).toContain("model-vpc");
    const good = template("Good", { M: model({ ...vpc, EnableNetworkIsolation: true }) });
    const bad = template("Bad", { Open: model({ EnableNetworkIsolation: true }) });
    expect(plugin.validate({ templatePaths: [good] })).toEqual({ success: true, violations: [] });
    // aws-cdk-lib 2.276 gives more than the templates.
    const context = {
      templatePaths: [good],
      stackTemplates: [{ stackId: "Good", templatePath: good }],
      appConstruct: {},
    };
    expect(plugin.validate(context)).toEqual({ success: true, violations: [] });
    for (const wrong of [undefined, null, {}, { templatePaths: good }, { templatePaths: [7] }])
      expect(() => plugin.validate(wrong as never)).toThrow(/^context/);
    expect(plugin.validate({ templatePaths: [good, bad] })).toMatchObject({
      success: false,
      violations: [
        {
          ruleName: "model-vpc",
          severity: "high",
          fix: expect.stringContaining("Set VpcConfig") as string,
          violatingResources: [{ resourceLogicalId: "Open", templatePath: bad, locations: ["Properties/VpcConfig"] }],
        },
      ],
    });
  });

  it("fails for what it cannot judge, unless told otherwise", () => {
    const open = template("Open", { M: model({ ...vpc, EnableNetworkIsolation: { Ref: "Iso" } }) });
    const validate = (posture: "baseline" | "private", unjudged?: "fail" | "warn") =>
      createCdkPlugin({ guard: createGuard({ posture }), ...(unjudged === undefined ? {} : { unjudged }) }).validate({
        templatePaths: [open],
      }).success;
    expect(validate("private")).toBe(false);
    expect(validate("private", "warn")).toBe(true);
    expect(validate("baseline")).toBe(true);
    expect(() => createCdkPlugin({} as never)).toThrow(/^guard: must be a guard from createGuard/);
    expect(() => createCdkPlugin({ guard: createGuard({ posture: "private" }), unjudgd: "warn" } as never)).toThrow(
      /unjudged/,
    );
  });
});
