import type { Facts } from "../facts.ts";
import { commandReason, namesPlainCommand, textIn } from "./hidden-calls.ts";
import { mayHide, readHidden } from "./hidden-in-plan.ts";
import type { Judged, ReadOptions } from "./judged.ts";
import { mappingOf } from "./mapping.ts";
import { type Entry, type Node, type Position, entry, plain, textOf } from "./node.ts";
import { requestsOf } from "./resource-requests.ts";
import { type LocatedInput, type Spelling, toInput } from "./input/to-input.ts";
import { unjudgedResource } from "./unjudged-resource.ts";

/** Whether a file is a plan of Terraform or OpenTofu, as `terraform show -json` writes it. */
export function isPlan(root: Node): boolean {
  return textOf(entry(root, "format_version")) !== undefined && entry(root, "planned_values")?.kind === "map";
}

/** Both providers write the API's names in snake case. */
const snake: Spelling = { loose: true };

/** A change of a resource, by its address. */
interface Change {
  readonly after: Node | undefined;
  readonly afterUnknown: Node | undefined;
  readonly actions: readonly string[];
  readonly type: string;
  readonly isManaged: boolean;
  readonly at: number;
}

/** Reads the resources of SageMaker of a plan. A value that is known after apply is unknown. */
export function readPlan(root: Node, { file }: ReadOptions, positionOf: (offset: number) => Position): Judged[] {
  const changes = new Map<string, Change>();
  for (const change of itemsOf(entry(root, "resource_changes"))) {
    // A deposed object, which is only deleted, has the address of the one that replaces it.
    if (entry(change, "deposed") !== undefined) continue;
    const address = textOf(entry(change, "address")) ?? "";
    changes.set(address, {
      after: entry(change, "change", "after"),
      // Of two changes of one address, it is not known which one counts.
      afterUnknown: changes.has(address) ? undefined : entry(change, "change", "after_unknown"),
      actions: itemsOf(entry(change, "change", "actions")).map((action) => textOf(action) ?? ""),
      type: textOf(entry(change, "type")) ?? "",
      isManaged: textOf(entry(change, "mode")) !== "data",
      at: change.at,
    });
  }

  const isListed = entry(root, "resource_changes") !== undefined;
  const judged: Judged[] = unplanned(root, file, positionOf);
  const planned = new Set<string>();
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
    planned.add(address);
    if (type === "aws_subnet") noteSubnet(values, subnetZones);
    const withUnknowns = merge(values, changes.get(address)?.afterUnknown, at);
    if (type === "") {
      const reason = { expression: "a resource without a type", decidedBy: "a type that is text" };
      judged.push(unjudgedResource(address, "no type", reason, file, position));
      continue;
    }
    if (isOfSageMaker(type) && isListed && changes.get(address)?.afterUnknown === undefined) {
      const reason = {
        expression: "a resource without its change, which says what is known after apply",
        decidedBy: "a plan as terraform show -json writes it",
      };
      judged.push(unjudgedResource(address, type, reason, file, position));
    }
    if (isShownTwice(type, values, changes.get(address))) {
      const reason = {
        expression: "values in planned_values that differ from those in resource_changes",
        decidedBy: "a plan as terraform show -json writes it",
      };
      judged.push(unjudgedResource(address, type, reason, file, position));
    }
    if (withUnknowns?.kind === "unknown" && typeof mapping === "object") {
      judged.push(unjudgedResource(address, type, withUnknowns, file, position));
      continue;
    }
    if (mapping === undefined) {
      judged.push(...readHidden(address, type, withUnknowns, file, position));
      continue;
    }
    if (mapping === "unmapped") {
      const reason = { expression: `the type ${type}`, decidedBy: "a release of the guard that knows the type" };
      judged.push(unjudgedResource(address, type, reason, file, position));
      continue;
    }
    const isCommand = mapping.action !== "CreatePipeline" && namesPlainCommand(withUnknowns);
    for (const request of requestsOf(mapping, withUnknowns, snake)) {
      const located = toInput(request.properties, request.mapping, snake, at);
      if (request.mapping.action === "CreateModel") noteModel(located, models);
      judged.push({
        address: `${address}${request.suffix}`,
        type,
        action: request.mapping.action,
        input: located.input,
        facts,
        unresolved: [
          ...located.unmapped.map(({ name }) => ({
            path: "",
            expression: `the attribute ${name}`,
            decidedBy: "a release of the guard that knows the attribute",
          })),
          ...(isCommand ? [{ path: "", ...commandReason }] : []),
        ],
        file,
        ...position,
        locate: (pointer) => positionOf(located.offsetOf(pointer)),
      });
    }
  }
  for (const [address, { type, actions, isManaged, at }] of changes)
    if (isManaged && !planned.has(address) && isOfSageMaker(type) && !leavesNothing(actions))
      judged.push(
        unjudgedResource(
          address,
          type,
          { expression: "a change without planned values", decidedBy: "a plan with the resource in planned_values" },
          file,
          positionOf(at),
        ),
      );
  return judged;
}

/** The actions of a change that make no resource. */
const makesNothing: ReadonlySet<string> = new Set(["delete", "forget", "no-op", "read"]);

function leavesNothing(actions: readonly string[]): boolean {
  return actions.length > 0 && actions.every((action) => makesNothing.has(action));
}

/** Whether a plan shows one resource in two ways: as it is planned, and as its change makes it. */
function isShownTwice(type: string, values: Node | undefined, change: Change | undefined): boolean {
  if (change?.after === undefined || !(isOfSageMaker(type) || isOfSageMaker(change.type))) return false;
  return type !== change.type || !isSame(values, change.after);
}

function isSame(one: Node | undefined, other: Node | undefined): boolean {
  if (one === undefined || other === undefined || one.kind !== other.kind) return one === other;
  if (one.kind === "scalar") return other.kind === "scalar" && one.value === other.value;
  if (one.kind === "list")
    return (
      other.kind === "list" &&
      one.items.length === other.items.length &&
      one.items.every((item, index) => isSame(item, other.items[index]))
    );
  if (one.kind !== "map" || other.kind !== "map" || one.entries.size !== other.entries.size) return false;
  return [...one.entries].every(([name, { value }]) => isSame(value, entry(other, name)));
}

function isOfSageMaker(type: string): boolean {
  return mappingOf(type) !== undefined || mayHide(type);
}

/** What a plan leaves to a later one: a plan that failed or is partial does not show all resources. */
function unplanned(root: Node, file: string | undefined, positionOf: (offset: number) => Position): Judged[] {
  const open: Judged[] = [];
  for (const [name, usual, expression] of [
    ["errored", false, "a plan that ended with an error"],
    ["complete", true, "a plan that is not complete"],
  ] as const) {
    const node = entry(root, name);
    if (node === undefined || (node.kind === "scalar" && node.value === usual)) continue;
    const reason = { expression, decidedBy: "a complete plan, made without errors" };
    open.push(unjudgedResource("plan", "plan", reason, file, positionOf(node.at)));
  }
  const add = (address: string, type: string, at: number, expression: string, decidedBy: string): void => {
    open.push(unjudgedResource(address, type, { expression, decidedBy }, file, positionOf(at)));
  };
  const version = entry(root, "format_version");
  if (!/^[01]\.\d+$/.test(textOf(version) ?? ""))
    add("plan", "plan", version?.at ?? 0, "a format of plans that the guard does not know", "a plan of format 0 or 1");
  const planned = entry(root, "planned_values");
  if (entry(planned, "root_module")?.kind !== "map")
    add("plan", "plan", planned?.at ?? 0, "a plan without a root module", "a plan as terraform show -json writes it");
  for (const name of ["resource_changes", "deferred_changes", "action_invocations", "deferred_action_invocations"]) {
    const found = entry(root, name);
    if (found !== undefined && !isListOfObjects(found))
      add(
        "plan",
        "plan",
        found.at,
        `${name} that are not a list of objects`,
        "a plan as terraform show -json writes it",
      );
  }
  for (const at of malformedModules(entry(root, "planned_values", "root_module")))
    add(
      "plan",
      "plan",
      at,
      "resources or modules that are not a list of objects",
      "a plan as terraform show -json writes it",
    );
  for (const name of ["action_invocations", "deferred_action_invocations"])
    for (const invocation of itemsOf(entry(root, name)))
      if (/sagemaker/i.test(textIn(invocation)))
        add(
          textOf(entry(invocation, "address")) ?? name,
          name,
          invocation.at,
          "an action that calls SageMaker",
          "a review",
        );
  for (const resource of configured(entry(root, "configuration", "root_module")))
    if (/sagemaker/i.test(textIn(entry(resource, "provisioners")))) {
      const address = textOf(entry(resource, "address")) ?? "a provisioner";
      add(address, "provisioner", resource.at, "a provisioner that names SageMaker", "a review of its commands");
    } else if (itemsOf(entry(resource, "provisioners")).some(isMadeElsewhere)) {
      const address = textOf(entry(resource, "address")) ?? "a provisioner";
      const from = "a provisioner whose command is made of variables, locals or triggers";
      add(address, "provisioner", resource.at, from, "a review of its commands");
    } else if (
      textOf(entry(resource, "type")) === "external" &&
      /sagemaker/i.test(textIn(entry(resource, "expressions")))
    ) {
      const address = textOf(entry(resource, "address")) ?? "data.external";
      add(address, "external", resource.at, "a program that names SageMaker", "a review of the program");
    }
  for (const deferred of itemsOf(entry(root, "deferred_changes"))) {
    const change = entry(deferred, "resource_change");
    const type = textOf(entry(change, "type")) ?? "";
    if (type !== "" && !isOfSageMaker(type)) continue;
    const why = textOf(entry(deferred, "reason"))?.slice(0, 64) ?? "no reason given";
    const reason = { expression: `a deferred change (${why})`, decidedBy: "the plan that makes the change" };
    const address = textOf(entry(change, "address")) ?? "a deferred change without an address";
    open.push(unjudgedResource(address, type, reason, file, positionOf(deferred.at)));
  }
  return open;
}

/** Values that may hold any text, and that a plan does not show beside the provisioner. */
const anyText =
  /^(?:data|each|local|module|var)\.|^(?:self|null_resource\.\w+|terraform_data\.\w+)\.(?:input|output|triggers)\b/;

/** Whether the commands of a provisioner come from elsewhere. */
function isMadeElsewhere(provisioner: Node): boolean {
  return ["command", "environment", "inline", "interpreter"].some((name) =>
    itemsOf(entry(provisioner, "expressions", name, "references")).some((item) => anyText.test(textOf(item) ?? "")),
  );
}

/** Where the resources or the modules of a module are no list. */
function* malformedModules(module: Node | undefined): Generator<number> {
  const waiting = [module];
  while (waiting.length > 0) {
    const next = waiting.pop();
    for (const name of ["resources", "child_modules"]) {
      const found = entry(next, name);
      if (found !== undefined && !isListOfObjects(found)) yield found.at;
    }
    waiting.push(...itemsOf(entry(next, "child_modules")));
  }
}

function isListOfObjects(node: Node): boolean {
  return isNull(node) || (node.kind === "list" && node.items.every(({ kind }) => kind === "map"));
}

/** The resources and data sources of a configuration, in every module. */
function* configured(module: Node | undefined): Generator<Node> {
  const waiting = [module];
  while (waiting.length > 0) {
    const next = waiting.pop();
    yield* itemsOf(entry(next, "resources"));
    const calls = entry(next, "module_calls");
    if (calls?.kind === "map") for (const { value } of calls.entries.values()) waiting.push(entry(value, "module"));
  }
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

/** Puts an unknown value wherever `after_unknown` is true, or does not fit the value. */
function merge(values: Node | undefined, unknown: Node | undefined, at: number): Node | undefined {
  if (unknown === undefined || (unknown.kind === "scalar" && (unknown.value === false || unknown.value === null)))
    return values;
  const given = values === undefined || isNull(values) ? undefined : values;
  const place = values?.at ?? at;
  if (unknown.kind === "list" && (given === undefined || given.kind === "list")) {
    const known = given?.items ?? [];
    const items = unknown.items.map((item, index) => merge(known[index], item, at));
    return {
      kind: "list",
      items: [...items, ...known.slice(items.length)].filter((item) => item !== undefined),
      at: place,
    };
  }
  if (unknown.kind === "map" && (given === undefined || given.kind === "map")) {
    const entries = new Map<string, Entry>(given?.entries);
    for (const [name, { value }] of unknown.entries) {
      const known = entries.get(name);
      const merged = merge(known?.value, value, at);
      if (merged !== undefined) entries.set(name, { at: known?.at ?? place, value: merged });
    }
    return { kind: "map", entries, at: place };
  }
  return {
    kind: "unknown",
    expression: "a value known after apply",
    decidedBy: "terraform apply, or a literal value",
    at: place,
  };
}

function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
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
