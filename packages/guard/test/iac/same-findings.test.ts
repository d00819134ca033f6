import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Type, inputOf } from "../../src/api/model.ts";
import { judgeTemplate, mappedTypes, readTemplate } from "../../src/iac/index.ts";
import { mappingOf } from "../../src/iac/mapping.ts";
import { createGuard } from "../../src/index.ts";
import { bodies, change, groups, subnets } from "../bodies.ts";

const guard = createGuard({ posture: "locked", network: { subnets: [...subnets], securityGroupIds: groups } });

const actionOf = (type: string): string => {
  const mapping = mappingOf(type);
  return mapping === undefined || mapping === "unmapped" ? "" : mapping.action;
};
/** Types of which requests are known: the others have no rule. */
const typesWith = (prefix: string) =>
  mappedTypes.filter((type) => type.startsWith(prefix) && bodies[actionOf(type)] !== undefined);

/** Every place of a body. */
function pointers(value: unknown, at = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [`${at}/${name}`, ...pointers(inner, `${at}/${name}`)]);
}

/** A body with some of its values left out or changed to others of the same type. */
const requests = (types: readonly string[]) =>
  fc.constantFrom(...types).chain((type) => {
    const body = bodies[actionOf(type)] ?? {};
    const places = pointers(body);
    const edits = fc.array(fc.tuple(fc.constantFrom(...places), fc.nat(5)), { maxLength: 6 });
    return edits.map((list) => {
      let input: Record<string, unknown> = { ...body };
      // Deepest first, so that no edit lands in a value that is gone.
      for (const [place, choice] of list.toSorted(([a], [b]) => b.length - a.length)) {
        const value = place
          .split("/")
          .slice(1)
          .reduce<unknown>((from, name) => (from as Record<string, unknown> | undefined)?.[name], input);
        const last = place.slice(place.lastIndexOf("/") + 1);
        if (choice === 0 && !/^\d+$/.test(last)) input = change(input, place, undefined);
        else if (typeof value === "boolean") input = change(input, place, !value);
        else if (typeof value === "number") input = change(input, place, choice);
        else if (typeof value === "string" && last !== "PipelineDefinition")
          input = change(input, place, ["Enabled", "Disabled", "x", "ml.p5.48xlarge", "subnet-0ff", "2"][choice]);
      }
      return { type, input };
    });
  });

const asRequest = ({ type, input }: { type: string; input: Record<string, unknown> }) => {
  const names =
    typeof input["ModelName"] === "string" && actionOf(type) === "CreateModel" ? { [input["ModelName"]]: input } : {};
  return guard.check(actionOf(type), JSON.parse(JSON.stringify(input)), { models: names }).map(plain);
};
const plain = ({ rule, severity, action, path, message, fix }: ReturnType<typeof guard.check>[number]) => ({
  rule,
  severity,
  action,
  path,
  message,
  fix,
});
const asTemplate = (text: string) => {
  const [verdict, ...others] = judgeTemplate(guard, readTemplate(text, { file: "t" }));
  expect(others).toEqual([]);
  expect(verdict?.unjudged).toEqual([]);
  return verdict?.findings.map(plain);
};

/** Properties as CloudFormation names them. */
function toProperties(type: string, input: Record<string, unknown>): object {
  if (type !== "AWS::SageMaker::Pipeline") return input;
  const { PipelineDefinition: PipelineDefinitionBody, ...rest } = input;
  return { ...rest, PipelineDefinition: { PipelineDefinitionBody } };
}

const snake = (name: string): string =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();

/** Attributes as Terraform names them: snake case, and an object is a list of one. */
function toAttributes(type: string, input: Record<string, unknown>): Record<string, unknown> {
  const mapping = mappingOf(type);
  const renamed = mapping === undefined || mapping === "unmapped" ? {} : mapping.renamed;
  const convert = (value: unknown, of: Type | undefined): unknown => {
    if (Array.isArray(value)) return value.map((item) => (of?.kind === "list" ? inner(item, of.of) : item));
    if (of?.kind === "structure") return [inner(value, of)];
    return value;
  };
  const inner = (value: unknown, of: Type): unknown => {
    if (of.kind !== "structure" || typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, child]) => [snake(name), convert(child, of.members.get(name))]),
    );
  };
  const structure = inputOf(actionOf(type));
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => {
      const [own] = Object.entries(renamed).find(([, to]) => to === name) ?? [];
      const spelled = { kmskeyarn: "kms_key_arn", securitygroups: "security_groups", volumesize: "volume_size" }[
        own ?? ""
      ];
      return [spelled ?? own ?? snake(name), convert(value, structure?.members.get(name))];
    }),
  );
}

describe("a template and a request give the same findings", () => {
  const formation = typesWith("AWS::SageMaker::");
  const plans = typesWith("aws_sagemaker_");

  it("for every type of CloudFormation, over 1,000 generated pairs", { timeout: 60_000 }, () => {
    expect(formation.length).toBeGreaterThan(20);
    const seen = { findings: 0, clean: 0 };
    fc.assert(
      fc.property(requests(formation), ({ type, input }) => {
        const text = JSON.stringify({ Resources: { R: { Type: type, Properties: toProperties(type, input) } } });
        const expected = asRequest({ type, input });
        expect(asTemplate(text)).toEqual(expected);
        seen[expected.length > 0 ? "findings" : "clean"]++;
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(seen.findings, seen.clean)).toBeGreaterThan(50);
  });

  it("for every type of both Terraform providers, over 1,000 generated pairs", { timeout: 60_000 }, () => {
    expect(plans.length).toBeGreaterThan(15);
    fc.assert(
      fc.property(requests(plans), fc.boolean(), ({ type, input }, cloudControl) => {
        const twin = `awscc_sagemaker_${snake(formation.find((name) => actionOf(name) === actionOf(type))?.slice(16) ?? "")}`;
        const used =
          cloudControl && mappingOf(twin) !== "unmapped" && actionOf(twin) !== "CreatePipeline" ? twin : type;
        const resource = {
          address: `${used}.r`,
          mode: "managed",
          type: used,
          name: "r",
          values: toAttributes(used, input),
        };
        const text = JSON.stringify({
          format_version: "1.2",
          planned_values: { root_module: { resources: [resource] } },
        });
        expect(asTemplate(text)).toEqual(asRequest({ type, input }));
      }),
      { numRuns: 1_000 },
    );
  });

  it("at the same places: each finding of a template points at its own line", () => {
    for (const type of formation) {
      const text = JSON.stringify({ Resources: { R: { Type: type, Properties: {} } } }, null, 1);
      for (const { findings } of judgeTemplate(guard, readTemplate(text, { file: "t" })))
        for (const { location } of findings) expect(location).toMatchObject({ file: "t", line: 3, column: 3 });
    }
  });
});
