import * as sagemaker from "@aws-sdk/client-sagemaker";
import { type Facts, type Guard, createGuard, postures, workloads } from "@countersign/guard";
import { judgeTemplate, readTemplate } from "@countersign/guard/iac";
import { describe, expect, it } from "vitest";
import { bodies, groups, image, subnets, zones } from "../../packages/guard/test/bodies.ts";
import { network } from "./requests.ts";

/** A schema of the official SDK; its last entry counts the required members, which stand first. */
type Schema = readonly [kind: number, namespace: string, name: string, traits: unknown, ...rest: readonly unknown[]];

const LIST = 1;
const STRUCTURE = 3;
const UNION = 4;
const OPERATION = 9;

const operations = new Map<string, unknown>(
  Object.values(sagemaker)
    .filter((value): value is Schema & typeof value => Array.isArray(value) && value[0] === OPERATION)
    .map((operation) => [operation[2], operation[4]] as const),
);

/** The schema behind lazy references and traits of members. */
function bare(given: unknown): Schema | undefined {
  const schema = typeof given === "function" ? (given as () => unknown)() : given;
  if (!Array.isArray(schema)) return undefined;
  return typeof schema[1] === "string" ? (schema as unknown as Schema) : bare(schema[0]);
}

/** Whether the API demands the member that a pointer leads to. */
function isRequired(action: string, pointer: string): boolean {
  let schema = bare(operations.get(action));
  let required = false;
  for (const step of pointer.slice(1).split("/")) {
    if (schema === undefined) return false;
    if (/^\d+$/.test(step) && schema[0] === LIST) {
      schema = bare(schema[4]);
      required = false;
    } else if (schema[0] === STRUCTURE || schema[0] === UNION) {
      const index = (schema[4] as readonly string[]).indexOf(step);
      required = index !== -1 && index < ((schema[6] as number | undefined) ?? 0);
      schema = bare((schema[5] as readonly unknown[])[index]);
    } else return false;
  }
  return required;
}

/** Every place on the way to a value that a rule judges or reads, in a good body: lists by their first element. */
function parentsOf(action: string, body: unknown): readonly string[] {
  const paths = [
    ...postures.locked.rules
      .filter(({ actions }) => actions.includes(action))
      .flatMap(({ pointer }) => [pointer].flat())
      .filter((pointer) => pointer.startsWith("/")),
    ...(workloads[action] ?? []).flatMap(({ at, ...parts }) =>
      Object.values(parts).flatMap((pointers: readonly string[]) => pointers.map((pointer) => at + pointer)),
    ),
  ];
  const parents = new Set<string>();
  for (const path of paths) {
    const steps = path.slice(1).replaceAll("?", "").replaceAll("*", "0").split("/");
    for (let length = 1; length <= steps.length; length++) {
      const pointer = `/${steps.slice(0, length).join("/")}`;
      if (get(body, pointer) !== undefined) parents.add(pointer);
    }
  }
  return [...parents].toSorted();
}

const get = (value: unknown, pointer: string): unknown =>
  pointer
    .slice(1)
    .split("/")
    .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], value);

function set(body: unknown, pointer: string, value: unknown): Record<string, unknown> {
  const copy = structuredClone(body) as Record<string, unknown>;
  const steps = pointer.slice(1).split("/");
  const last = steps.pop() ?? "";
  const holder = steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], copy);
  if (value !== undefined) (holder as Record<string, unknown>)[last] = value;
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else Reflect.deleteProperty(holder as object, last);
  return copy;
}

/** All that is known of the world keeps the posture: what is found is in the request. */
const facts: Facts = {
  host: { name: "vpce-0a1b2c3d-9x8y.api.sagemaker.eu-west-1.vpce.amazonaws.com", vpcEndpoint: true },
  images: { [image]: { verdict: "pass", image, findings: [] } },
  models: { churn: { VpcConfig: { Subnets: [...subnets], SecurityGroupIds: [...groups] } } },
  subnetZones: zones,
};
const [baseline, strict, locked] = (["baseline", "private", "locked"] as const).map((posture) =>
  createGuard({ posture, network }),
) as [Guard, Guard, Guard];
const found = (guard: Guard, action: string, input: unknown): readonly string[] =>
  guard.check(action, input, facts).map(({ rule, path }) => `${rule} ${path}`);

/** An interface is refused whatever the request says, because it does not say which subnet it is in. */
const actions = Object.keys(bodies)
  .filter((action) => action !== "AttachClusterNodeNetworkInterface")
  .toSorted();

/** What a body may leave out because another value decides: instances matter only without encryption or a key. */
const decidedElsewhere = /\/Instance(?:Count|Type)$/;

describe("a gate that cannot judge says so, for every operation that rules judge", () => {
  it("has a good body for each of them", () => {
    const judged = new Set(postures.locked.rules.flatMap((rule) => rule.actions));
    expect([...judged].filter((action) => action !== "*" && bodies[action] === undefined)).toEqual([]);
    for (const action of actions) expect([action, found(locked, action, bodies[action])]).toEqual([action, []]);
  });

  it("passes the empty input only where all that the rules judge is optional", () => {
    const passing = actions.filter((action) => found(locked, action, {}).length === 0);
    expect(passing.filter((action) => !/^(?:Update|Invoke|StartSession)|Presigned/.test(action))).toEqual([
      "CreateSpace",
      "CreateUserProfile",
    ]);
    const demanded = passing.flatMap((action) =>
      parentsOf(action, bodies[action])
        .filter((parent) => !parent.slice(1).includes("/") && isRequired(action, parent))
        .map((parent) => `${action} ${parent}`),
    );
    expect(demanded).toEqual([]);
  });

  it.each(actions)("%s: each parent absent, null and empty is found, or is optional in the API", (action) => {
    const body = bodies[action] ?? {};
    const passedOver = parentsOf(action, body)
      // A list without this element is judged as the list.
      .filter((parent) => !/\/\d+$/.test(parent))
      .filter((parent) => isRequired(action, parent) && !decidedElsewhere.test(parent))
      .flatMap((parent) =>
        [undefined, null, ...(Array.isArray(get(body, parent)) ? [[]] : [])]
          .filter((value) => found(locked, action, set(body, parent, value)).length === 0)
          .map((value) => [parent, value]),
      );
    expect(passedOver).toEqual([]);
  });

  it.each(actions)("%s: each parent of another shape is found in every posture", (action) => {
    const body = bodies[action] ?? {};
    for (const parent of parentsOf(action, body))
      for (const wrong of typeof get(body, parent) === "object" ? [7, "text", true] : [{}, []])
        for (const guard of [baseline, strict, locked])
          expect([parent, wrong, found(guard, action, set(body, parent, wrong)).length > 0]).toEqual([
            parent,
            wrong,
            true,
          ]);
  });
});

const vpc = { Subnets: [subnets[0], subnets[1]], SecurityGroupIds: groups };
const isolated = { VpcConfig: vpc, EnableNetworkIsolation: true };
const monitored = (MonitoringJobDefinition: unknown) => ({ MonitoringScheduleConfig: { MonitoringJobDefinition } });

describe("members of which the API demands one", () => {
  it.each([
    ["CreateMonitoringSchedule", {}, "/MonitoringScheduleConfig"],
    ["CreateMonitoringSchedule", { MonitoringScheduleConfig: null }, "/MonitoringScheduleConfig"],
    ["CreateMonitoringSchedule", { MonitoringScheduleConfig: {} }, "/MonitoringScheduleConfig/MonitoringJobDefinition"],
    ["UpdateMonitoringSchedule", {}, "/MonitoringScheduleConfig"],
    ["UpdateMonitoringSchedule", { MonitoringScheduleConfig: null }, "/MonitoringScheduleConfig"],
    ["UpdateMonitoringSchedule", monitored(null), "/MonitoringScheduleConfig/MonitoringJobDefinition"],
    [
      "CreateMonitoringSchedule",
      { MonitoringScheduleConfig: { MonitoringJobDefinitionName: "" } },
      "/MonitoringScheduleConfig/MonitoringJobDefinition",
    ],
    ["CreateHyperParameterTuningJob", {}, "/TrainingJobDefinition"],
    ["CreateHyperParameterTuningJob", { TrainingJobDefinition: null }, "/TrainingJobDefinition"],
    ["CreateHyperParameterTuningJob", { TrainingJobDefinitions: [] }, "/TrainingJobDefinition"],
    ["CreateEndpointConfig", isolated, "/ProductionVariants"],
    ["CreateEndpointConfig", { ...isolated, ProductionVariants: [] }, "/ProductionVariants"],
  ])("%s %j lacks %s, under the baseline too", (action, input, path) => {
    for (const guard of [baseline, strict, locked])
      expect(guard.check(action, input, facts)).toContainEqual(
        expect.objectContaining({ rule: "incomplete-input", path, severity: "high" }),
      );
  });

  it.each([
    // The number of instances decides whether traffic between them must be encrypted.
    ["CreateTrainingJob", isolated, "/ResourceConfig"],
    ["CreateTrainingJob", { ...isolated, ResourceConfig: {} }, "/ResourceConfig/InstanceGroups"],
    ["CreateTrainingJob", { ...isolated, ResourceConfig: { InstanceGroups: [] } }, "/ResourceConfig/InstanceGroups"],
    ["CreateProcessingJob", { NetworkConfig: isolated }, "/ProcessingResources"],
    [
      "CreateProcessingJob",
      { NetworkConfig: isolated, ProcessingResources: { ClusterConfig: {} } },
      "/ProcessingResources/ClusterConfig/InstanceCount",
    ],
    ["CreateDataQualityJobDefinition", { NetworkConfig: isolated, JobResources: {} }, "/JobResources/ClusterConfig"],
    [
      "CreateMonitoringSchedule",
      monitored({ NetworkConfig: isolated }),
      "/MonitoringScheduleConfig/MonitoringJobDefinition/MonitoringResources",
    ],
    ["CreateHyperParameterTuningJob", { TrainingJobDefinition: isolated }, "/TrainingJobDefinition/ResourceConfig"],
  ])("%s %j lacks %s, which an encryption rule of private reads", (action, input, path) => {
    for (const guard of [strict, locked])
      expect(guard.check(action, input, facts)).toContainEqual(
        expect.objectContaining({ rule: "incomplete-input", path }),
      );
  });

  it("are enough, one of them, and nothing is missed by rules that need none", () => {
    const passes = (guard: Guard, action: string, input: unknown): void => {
      expect([action, found(guard, action, input)]).toEqual([action, []]);
    };
    const named = { MonitoringScheduleConfig: { MonitoringJobDefinitionName: "churn-quality" } };
    for (const action of ["CreateMonitoringSchedule", "UpdateMonitoringSchedule"])
      for (const guard of [baseline, strict, locked]) passes(guard, action, named);
    passes(baseline, "CreateTrainingJob", { EnableNetworkIsolation: true });
    passes(strict, "CreateTrainingJob", { ...isolated, EnableInterContainerTrafficEncryption: true });
    passes(strict, "CreateTrainingJob", { ...isolated, ServerlessJobConfig: { JobType: "FineTuning" } });
    passes(strict, "CreateTrainingJob", {
      ...isolated,
      ResourceConfig: { InstanceGroups: [{ InstanceGroupName: "a", InstanceCount: 1, InstanceType: "ml.m5.large" }] },
    });
    passes(baseline, "UpdateTrainingJob", { TrainingJobName: "t" });
  });

  it("count as given when only their value is not known", () => {
    const template = (config: object) => ({
      Parameters: { Name: { Type: "String" } },
      Resources: {
        S: { Type: "AWS::SageMaker::MonitoringSchedule", Properties: { MonitoringScheduleConfig: config } },
      },
    });
    const verdict = (config: object) => {
      const [judged] = judgeTemplate(strict, readTemplate(JSON.stringify(template(config))));
      return [judged?.verdict, ...(judged?.findings ?? []).map(({ rule, path }) => `${rule} ${path}`)];
    };
    const expected = ["finding", "incomplete-input /MonitoringScheduleConfig/MonitoringJobDefinition"];
    expect(verdict({ MonitoringJobDefinitionName: { Ref: "Name" } })).toEqual(["clean"]);
    expect(verdict({ MonitoringJobDefinition: { Ref: "Name" } })).toEqual(["unjudged"]);
    expect(verdict({})).toEqual(expected);
    expect(verdict({ MonitoringJobDefinition: { Ref: "AWS::NoValue" } })).toEqual(expected);
  });

  it("may be excused until a date, for a member that AWS no longer demands", () => {
    const exceptions = [{ rule: "incomplete-input", resource: "*", until: "2100-01-01", reason: "no longer demanded" }];
    const excused = createGuard({ posture: "baseline", exceptions });
    expect(found(excused, "CreateMonitoringSchedule", {})).toEqual([]);
  });
});
