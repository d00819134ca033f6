import { createRequire } from "node:module";
import * as sagemaker from "@aws-sdk/client-sagemaker";
import { MODEL_VERSION, postures, uncovered, workloads } from "@countersign/guard";
import { describe, expect, it } from "vitest";
import { type Type, inputOf } from "../../packages/guard/src/api/model.ts";

/** A schema of the official SDK: kind, namespace, name, traits, then what the kind needs. */
type Schema = readonly [kind: number, namespace: string, name: string, traits: unknown, ...rest: readonly unknown[]];

const LIST = 1;
const MAP = 2;
const STRUCTURE = 3;
const UNION = 4;
const OPERATION = 9;

/** Names of fields that decide on network, isolation, encryption, internet, root or metadata access. */
const concern =
  /Vpc|Subnet|SecurityGroup|NetworkConfig|NetworkAccess|NetworkInterface|Isolation|Encrypt|Kms|Internet|Root|MetadataService|IpAddressType|SourceIp|RemoteDebug|RemoteAccess|SSMAccess|RepositoryAccess/;

const operations = Object.values(sagemaker).filter(
  (value): value is Schema & typeof value => Array.isArray(value) && value[0] === OPERATION,
) as unknown as readonly Schema[];

/** Every member of an operation's input, as a pointer with `*` for elements. */
function members(operation: Schema): readonly string[] {
  const found: string[] = [];
  const visit = (given: unknown, at: string, within: readonly unknown[]): void => {
    const schema = typeof given === "function" ? (given as () => unknown)() : given;
    if (!Array.isArray(schema) || within.includes(schema)) return;
    // A member with traits of its own: the shape, then the traits.
    if (typeof schema[1] !== "string") return visit(schema[0], at, within);
    const [kind, , , , names, shapes] = schema as unknown as [number, string, string, unknown, unknown, unknown];
    const inside = [...within, schema];
    if (kind === STRUCTURE || kind === UNION)
      for (const [index, name] of (names as readonly string[]).entries()) {
        found.push(`${at}/${name}`);
        visit((shapes as readonly unknown[])[index], `${at}/${name}`, inside);
      }
    else if (kind === LIST) visit(names, `${at}/*`, inside);
    else if (kind === MAP) visit(shapes, `${at}/*`, inside);
  };
  visit(operation[4], "", []);
  return found;
}

const judged = new Map<string, Set<string>>();
const judges = (action: string, pointer: string): void => {
  judged.set(action, (judged.get(action) ?? new Set()).add(pointer.replaceAll("?", "")));
};
for (const rule of postures.locked.rules)
  for (const action of rule.actions)
    for (const pointer of [rule.pointer].flat()) {
      if (pointer.startsWith("/")) judges(action, pointer);
      const part = pointer.split("/")[0] as "vpc";
      for (const workload of workloads[action] ?? [])
        for (const place of workload[part] ?? []) judges(action, workload.at + place + pointer.slice(part.length));
    }

const covers = (action: string, pointer: string): boolean =>
  [...(judged.get(action) ?? [])].some(
    (known) => known === pointer || known.startsWith(`${pointer}/`) || pointer.startsWith(`${known}/`),
  );

const listed = (action: string, pointer: string): boolean =>
  uncovered.some((entry) => entry.action === action && entry.pointer === pointer);

const changing = operations.filter(([, , name]) => /^(?:Create|Update)/.test(name));
const concerned = changing.flatMap((operation) =>
  members(operation)
    .filter((pointer) => concern.test(pointer.slice(pointer.lastIndexOf("/"))))
    .map((pointer) => ({ action: operation[2], pointer })),
);

describe("the official model of the SageMaker API", () => {
  it("is read: it has the operations and fields that are known to be there", () => {
    expect(operations.length).toBeGreaterThanOrEqual(404);
    expect(concerned.length).toBeGreaterThanOrEqual(231);
    expect(concerned).toContainEqual({ action: "CreateTrainingJob", pointer: "/VpcConfig/Subnets" });
    expect(concerned).toContainEqual({
      action: "CreateHyperParameterTuningJob",
      pointer: "/TrainingJobDefinitions/*/EnableNetworkIsolation",
    });
  });

  it("is the guard's own model: operations, members and types, of the same release", () => {
    const model = (action: string): readonly string[] => {
      const structure = inputOf(action);
      const found: string[] = [];
      const visit = (type: Type, at: string, within: readonly Type[]): void => {
        if (within.includes(type)) return;
        if (type.kind === "list" || type.kind === "map") visit(type.of, `${at}/*`, within);
        else if (type.kind === "structure")
          for (const [name, inner] of type.members) {
            found.push(`${at}/${name}`);
            visit(inner, `${at}/${name}`, [...within, type]);
          }
      };
      if (structure !== undefined) visit(structure, "", []);
      return found;
    };
    const { version } = createRequire(import.meta.url)("@aws-sdk/client-sagemaker/package.json") as { version: string };
    expect(MODEL_VERSION).toBe(version);
    for (const operation of operations)
      expect([operation[2], model(operation[2]).toSorted()]).toEqual([operation[2], members(operation).toSorted()]);
  });

  it("has no such field that is neither judged by a rule nor listed with a reason", () => {
    expect(concerned.filter(({ action, pointer }) => !covers(action, pointer) && !listed(action, pointer))).toEqual([]);
  });

  it("has every field that the rules and the list speak about", () => {
    const known = new Map(operations.map((operation) => [operation[2], new Set(members(operation))]));
    const exists = (action: string, pointer: string): boolean => {
      const bare = pointer.replace(/\/\*$/, "");
      // A rule parameter of the Debugger is a free map: its names are no members of the model.
      return bare === "" || bare.endsWith("/action_json") || known.get(action)?.has(bare) === true;
    };
    const stale = [...judged].flatMap(([action, pointers]) =>
      action === "*" || action.startsWith("InvokeEndpoint")
        ? []
        : [...pointers].filter((pointer) => !exists(action, pointer)).map((pointer) => ({ action, pointer })),
    );
    expect(stale).toEqual([]);
    const table = Object.entries(workloads).flatMap(([action, list]) =>
      list.flatMap(({ at, ...parts }) =>
        Object.values(parts).flatMap((pointers: readonly string[]) =>
          pointers
            .map((pointer) => (at + pointer).replaceAll("?", ""))
            .filter((pointer) => !exists(action, pointer))
            .map((pointer) => ({ action, pointer })),
        ),
      ),
    );
    expect(table).toEqual([]);
    expect(uncovered.filter(({ action, pointer }) => !exists(action, pointer))).toEqual([]);
  });

  it("has no listed field that a rule judges after all", () => {
    expect(uncovered.filter(({ action, pointer }) => covers(action, pointer))).toEqual([]);
    for (const { reason } of uncovered) expect(reason).toMatch(/^[A-Z].*\.$/);
  });

  it("has no image that the image gate overlooks", () => {
    const images = changing.flatMap((operation) =>
      members(operation)
        .filter((pointer) => /\/(?:Image|ImageUri|TrainingImage|RuleEvaluatorImage|BaseImage)$/.test(pointer))
        .map((pointer) => ({ action: operation[2], pointer })),
    );
    expect(images.length).toBeGreaterThan(25);
    const gated = new Map(
      Object.entries(workloads).map(([action, list]) => [
        action,
        list.flatMap(({ at, image }) => (image ?? []).map((pointer) => (at + pointer).replaceAll("?", ""))),
      ]),
    );
    expect(images.filter(({ action, pointer }) => gated.get(action)?.includes(pointer) !== true)).toEqual([]);
  });

  it("matches the abbreviations of the policies by exactly their operations", async () => {
    const { abbreviations } = await import("../../packages/guard/src/policy/abbreviate.ts");
    for (const [pattern, names] of Object.entries(abbreviations)) {
      const matcher = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
      expect(operations.map(([, , name]) => name).filter((name) => matcher.test(name))).toEqual([...names].toSorted());
    }
  });
});
