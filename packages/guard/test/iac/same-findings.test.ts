import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeTemplate, mappedTypes, readTemplate } from "../../src/iac/index.ts";
import { type ImageGate, createGuard } from "../../src/index.ts";
import { bodies, groups, subnets } from "../bodies.ts";
import { attributesOfInput } from "./attributes-of-input.ts";
import { actionOf, inputs } from "./requests.ts";

/** Pairs for each type of each language. `COUNTERSIGN_PAIRS=1000` is the whole claim, which takes some minutes. */
const PAIRS = Number(process.env["COUNTERSIGN_PAIRS"] ?? 10);

/** Without verdicts in the facts no image passes it. */
const images: ImageGate = { judge: (image) => Promise.resolve({ verdict: "none", image, findings: [] }) };
const guard = createGuard({ posture: "locked", network: { subnets: [...subnets], securityGroupIds: groups }, images });

type Input = Record<string, unknown>;

const plain = ({ rule, severity, action, path, message, fix }: ReturnType<typeof guard.check>[number]) => ({
  rule,
  severity,
  action,
  path,
  message,
  fix,
});
const asRequest = (type: string, input: Input) => {
  const isModel = typeof input["ModelName"] === "string" && actionOf(type) === "CreateModel";
  const models = isModel ? { [input["ModelName"] as string]: input } : {};
  return guard.check(actionOf(type), input, { models }).map(plain);
};
const asFile = (file: object) => {
  const [verdict, ...others] = judgeTemplate(guard, readTemplate(JSON.stringify(file), { file: "t" }));
  expect(others).toEqual([]);
  expect(verdict?.unjudged).toEqual([]);
  return verdict?.findings.map(plain);
};

/** Compares the pairs of a type, and says how many of them had findings. */
function compare(type: string, fileOf: (input: Input) => readonly [input: Input, file: object]): number {
  let broken = 0;
  fc.assert(
    fc.property(inputs(type), (given) => {
      const [input, file] = fileOf(given);
      const expected = asRequest(type, input);
      expect(asFile(file)).toEqual(expected);
      if (expected.length > 0) broken++;
    }),
    { numRuns: PAIRS },
  );
  return broken;
}

const formation = mappedTypes.filter((type) => type.startsWith("AWS::"));
const plans = mappedTypes.filter((type) => type.startsWith("aws_"));
const cloudControl = formation.map(
  (type) =>
    `awscc_sagemaker_${type
      .slice(16)
      .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
      .toLowerCase()}`,
);

describe("a template and a request give the same findings", () => {
  let withFindings = 0;

  it.each([...formation, ...plans, ...cloudControl])("for %s", { timeout: 120_000 }, (type) => {
    const broken = compare(type, (given) => {
      const { input, attributes } = attributesOfInput(type, given);
      if (type.startsWith("AWS::")) return [input, { Resources: { R: { Type: type, Properties: attributes } } }];
      const resource = { address: `${type}.r`, mode: "managed", type, name: "r", values: attributes };
      return [input, { format_version: "1.2", planned_values: { root_module: { resources: [resource] } } }];
    });
    withFindings += broken > 0 ? 1 : 0;
    // Of the other types no rule judges a member; a few pairs may all keep a rule that is seldom broken. The space of `aws`
    // has no attribute for the only member that a rule judges.
    const isJudged = bodies[actionOf(type)] !== undefined && type !== "aws_sagemaker_space";
    expect(broken).toBeGreaterThanOrEqual(isJudged && PAIRS >= 200 ? 1 : 0);
  });

  it("and most types have pairs with findings", () => {
    expect(withFindings).toBeGreaterThan(60);
  });

  it("at the same places: each finding of a template points at its own line", () => {
    for (const type of formation) {
      const text = JSON.stringify({ Resources: { R: { Type: type, Properties: {} } } }, null, 1);
      for (const { findings } of judgeTemplate(guard, readTemplate(text, { file: "t" })))
        for (const { location } of findings) expect(location).toMatchObject({ file: "t", line: 3, column: 3 });
    }
  });
});
