import type { Facts } from "../facts.ts";
import type { Judged, ReadOptions } from "./judged.ts";
import { mappingOf } from "./mapping.ts";
import { type Entry, type Node, type Position, entry, plain, textOf } from "./node.ts";
import { type LocatedInput, toInput } from "./to-input.ts";

/** Whether a file is a plan of Terraform or OpenTofu, as `terraform show -json` writes it. */
export function isPlan(root: Node): boolean {
  return textOf(entry(root, "format_version")) !== undefined && entry(root, "planned_values")?.kind === "map";
}

/** A change of a resource, by its address. */
interface Change {
  readonly afterUnknown: Node | undefined;
  readonly actions: readonly string[];
}

/** Reads the resources of SageMaker of a plan. A value that is known after apply is unknown. */
export function readPlan(root: Node, { file }: ReadOptions, positionOf: (offset: number) => Position): Judged[] {
  const changes = new Map<string, Change>();
  for (const change of itemsOf(entry(root, "resource_changes")))
    changes.set(textOf(entry(change, "address")) ?? "", {
      afterUnknown: entry(change, "change", "after_unknown"),
      actions: itemsOf(entry(change, "change", "actions")).map((action) => textOf(action) ?? ""),
    });

  const judged: Judged[] = [];
  const models: Record<string, object> = Object.create(null) as Record<string, object>;
  const subnetZones: Record<string, string> = Object.create(null) as Record<string, string>;
  const facts: Facts = { models, subnetZones };
  for (const resource of resourcesOf(entry(root, "planned_values", "root_module"))) {
    const address = textOf(entry(resource, "address")) ?? "a resource without an address";
    const type = textOf(entry(resource, "type")) ?? "";
    if (textOf(entry(resource, "mode")) === "data") continue;
    const values = entry(resource, "values");
    const { at } = resource;
    const position = positionOf(at);
    const mapping = mappingOf(type);
    if (type === "aws_subnet") noteSubnet(values, subnetZones);
    if (mapping === undefined) continue;
    if (mapping === "unmapped") {
      judged.push({
        address,
        type,
        action: undefined,
        input: undefined,
        facts: {},
        unresolved: [
          { path: "", expression: `the type ${type}`, decidedBy: "a release of the guard that knows the type" },
        ],
        file,
        ...position,
        locate: () => position,
      });
      continue;
    }
    const withUnknowns = merge(values, changes.get(address)?.afterUnknown, at);
    const located = toInput(withUnknowns, mapping, { loose: true }, at);
    if (mapping.action === "CreateModel") noteModel(located, models);
    judged.push({
      address,
      type,
      action: mapping.action,
      input: located.input,
      facts,
      unresolved: located.unmapped.map(({ name }) => ({
        path: "",
        expression: `the attribute ${name}`,
        decidedBy: "a release of the guard that knows the attribute",
      })),
      file,
      ...position,
      locate: (pointer) => positionOf(located.offsetOf(pointer)),
    });
  }
  return judged;
}

/** All resources of a module and of the modules in it. */
function* resourcesOf(module: Node | undefined): Generator<Node> {
  const waiting = [module];
  while (waiting.length > 0) {
    const next = waiting.pop();
    yield* itemsOf(entry(next, "resources"));
    waiting.push(...itemsOf(entry(next, "child_modules")));
  }
}

/** Puts an unknown value wherever `after_unknown` is true. */
function merge(values: Node | undefined, unknown: Node | undefined, at: number): Node | undefined {
  if (unknown === undefined) return values;
  if (unknown.kind === "scalar")
    return unknown.value === true
      ? {
          kind: "unknown",
          expression: "a value known after apply",
          decidedBy: "terraform apply, or a literal value",
          at: values?.at ?? at,
        }
      : values;
  if (unknown.kind === "list") {
    const known = values?.kind === "list" ? values.items : [];
    const items = unknown.items.map((item, index) => merge(known[index], item, at));
    return {
      kind: "list",
      items: [...items, ...known.slice(items.length)].filter((item) => item !== undefined),
      at: values?.at ?? at,
    };
  }
  if (unknown.kind !== "map") return values;
  const entries = new Map<string, Entry>(values?.kind === "map" ? values.entries : []);
  for (const [name, { value }] of unknown.entries) {
    const merged = merge(entries.get(name)?.value, value, at);
    if (merged !== undefined) entries.set(name, { at: entries.get(name)?.at ?? values?.at ?? at, value: merged });
  }
  return { kind: "map", entries, at: values?.at ?? at };
}

function noteModel(located: LocatedInput, models: Record<string, object>): void {
  const name = Object.getOwnPropertyDescriptor(located.input, "ModelName")?.value as unknown;
  if (typeof name === "string") models[name] = located.input;
}

function noteSubnet(values: Node | undefined, zones: Record<string, string>): void {
  const id = plain(entry(values, "id"));
  const zone = plain(entry(values, "availability_zone"));
  if (typeof id === "string" && typeof zone === "string") zones[id] = zone;
}

function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === "list" ? node.items : [];
}
