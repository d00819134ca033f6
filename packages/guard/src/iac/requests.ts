import type { ModelFacts } from "../facts.ts";
import { createActionSpeller } from "../api/action-name.ts";
import { inputOf } from "../api/model.ts";
import { holdsCommand } from "../call/plain-command.ts";
import {
  BRANCHES,
  isKnownVersion,
  isUnseen,
  operationOf,
  references,
  strayInDefinition,
  strayInStep,
} from "../call/step-types.ts";
import { commandReason, namesPlainCommand } from "./hidden-calls.ts";
import type { Judged, ReadOptions } from "./judged.ts";
import { type Entry, type Node, type Position, entry, plain, textOf } from "./node.ts";
import { toInput } from "./input/to-input.ts";
import { unjudgedResource } from "./unjudged-resource.ts";
import { refuseFile } from "./unreadable.ts";
import { quote } from "../quote.ts";

const spell = createActionSpeller([]);

/** A request of one operation in a file: `{ "action": …, "input": … }`, or a bare input of the action that is named. */
export function readRequest(
  root: Node,
  { file, action }: ReadOptions,
  positionOf: (offset: number) => Position,
): Judged[] {
  const named = action ?? textOf(entry(root, "action"));
  if (named === undefined) return refuseFile('"action" must be the name of an operation, such as CreateModel');
  const stray =
    root.kind === "map" ? [...root.entries.keys()].find((name) => name !== "action" && name !== "input") : undefined;
  if (action === undefined && stray !== undefined)
    return refuseFile(`a request has "action" and "input", and not ${JSON.stringify(stray.slice(0, 64))}`);
  const input = action === undefined ? entry(root, "input") : root;
  return [judgedOf("request", "request", named, input, input?.at ?? root.at, { file }, positionOf)];
}

/** Whether a file is the definition of a pipeline. */
export function isPipeline(root: Node): boolean {
  return entry(root, "Steps")?.kind === "list";
}

/** Reads the steps of a pipeline's definition, each as the request that it will send. */
export function readPipeline(
  root: Node,
  { file, parameters = {} }: ReadOptions,
  positionOf: (offset: number) => Position,
): Judged[] {
  const judged: Judged[] = [];
  const models: Record<string, ModelFacts> = Object.create(null) as Record<string, ModelFacts>;
  const unread = (address: string, type: string, expression: string, at: number): void => {
    const reason = { expression, decidedBy: "a definition in which each step stands where the service reads it" };
    judged.push(unjudgedResource(address, type, reason, file, positionOf(at)));
  };
  const version = plain(entry(root, "Version")) ?? undefined;
  if (!isKnownVersion(version) || entry(root, "Version")?.kind === "unknown")
    unread("Version", "pipeline definition", "a version that no rule knows", root.at);
  const strange = strayInDefinition(namesOf(root));
  if (strange !== undefined) unread("Steps", "pipeline definition", `the member ${quote(strange)}`, root.at);
  const waiting: Node[] = [...itemsOf(entry(root, "Steps"))].toReversed();
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    const type = textOf(entry(step, "Type"));
    const name = textOf(entry(step, "Name")) ?? "without a name";
    const given = entry(step, "Arguments");
    const address = `Steps.${name}`;
    const stray = strayInStep(type, namesOf(step), namesOf(given));
    if (stray !== undefined) unread(address, type ?? "no type", `the member ${quote(stray)}`, step.at);
    if (type === "Condition") {
      if (given !== undefined && given.kind !== "map" && plain(given) !== null)
        unread(address, "Condition", "arguments that are not an object", given.at);
      for (const branch of BRANCHES) {
        const steps = entry(given, branch);
        if (steps === undefined || steps.kind === "list" || plain(steps) === null) continue;
        unread(address, "Condition", `${branch} that are not a list`, steps.at);
      }
      for (const branch of BRANCHES.toReversed()) waiting.push(...[...itemsOf(entry(given, branch))].toReversed());
      continue;
    }
    const operation = operationOf(type, plain(given));
    const position = positionOf(step.at);
    if (isUnseen(type)) {
      const reason = { expression: `what a step of the type ${type} runs`, decidedBy: "a review of its code" };
      judged.push(unjudgedResource(address, type, reason, file, position));
    }
    if (operation === null) continue;
    if (operation === undefined) {
      judged.push({
        address,
        type: type ?? "no type",
        action: undefined,
        input: undefined,
        facts: {},
        unresolved: [
          {
            path: "",
            expression: "a type of step that no rule knows",
            decidedBy: "a release of the guard that knows the type",
          },
        ],
        file,
        ...position,
        locate: () => position,
      });
      continue;
    }
    const args = given === undefined ? undefined : withReferences(given, parameters);
    const reading = judgedOf(address, type ?? "", operation, args, step.at, { file }, positionOf);
    if (type === "Model") models[`Steps.${name}.ModelName`] = reading.input as ModelFacts;
    const hasCommand = [given, args].some((node) => namesPlainCommand(node) || holdsCommand(plain(node)));
    const command = hasCommand ? [{ path: "", ...commandReason }] : [];
    judged.push({ ...reading, facts: { models }, unresolved: [...reading.unresolved, ...command] });
  }
  return judged;
}

/** What one request, step or event leads to. */
export function judgedOf(
  address: string,
  type: string,
  named: string,
  input: Node | undefined,
  at: number,
  { file, loose = false }: { readonly file: string | undefined; readonly loose?: boolean },
  positionOf: (offset: number) => Position,
): Judged {
  const action = spell(named).name;
  const located = toInput(
    input,
    { action, renamed: {}, left: new Set() },
    { loose: loose && inputOf(action) !== undefined },
    at,
  );
  return {
    address,
    type,
    action,
    // Anything but an object is judged as it is: the guard refuses it.
    input: input === undefined || input.kind === "map" ? located.input : plain(input),
    facts: {},
    unresolved: located.unmapped.map(({ name }) => ({
      path: "",
      expression: `the member ${name}`,
      decidedBy: "a release of the guard that knows the member",
    })),
    file,
    ...positionOf(at),
    locate: (pointer) => positionOf(located.offsetOf(pointer)),
  };
}

/** `{ "Get": … }` and the functions beside it are filled in when a pipeline runs; the caller may say with which parameters. */
function withReferences(node: Node, parameters: Readonly<Record<string, string>>): Node {
  return replace(node, (candidate) => {
    if (candidate.kind !== "map" || candidate.entries.size !== 1) return undefined;
    const [name = ""] = candidate.entries.keys();
    if (!references.includes(name)) return undefined;
    const target = textOf(entry(candidate, name));
    const parameter = name === "Get" ? /^Parameters\.(.+)$/.exec(target ?? "")?.[1] : undefined;
    if (parameter !== undefined && Object.hasOwn(parameters, parameter))
      return { kind: "scalar", value: parameters[parameter] ?? "", at: candidate.at };
    const expression = target === undefined ? name : `${name} ${target.slice(0, 64)}`;
    const model = target === undefined ? undefined : /^Steps\..+\.ModelName$/.exec(target)?.[0];
    const decidedBy =
      parameter === undefined
        ? "the execution of the pipeline"
        : `--parameters ${parameter.slice(0, 64)}=VALUE, which each execution must give`;
    return {
      kind: "unknown",
      expression,
      decidedBy,
      at: candidate.at,
      ...(model === undefined ? {} : { text: model }),
    };
  });
}

/** Puts other nodes in the place of those that `by` answers for. */
export function replace(node: Node, by: (node: Node) => Node | undefined): Node {
  const replaced = by(node);
  if (replaced !== undefined) return replaced;
  if (node.kind === "list") return { ...node, items: node.items.map((item) => replace(item, by)) };
  if (node.kind !== "map") return node;
  const entries = new Map<string, Entry>();
  for (const [name, { at, value }] of node.entries) entries.set(name, { at, value: replace(value, by) });
  return { ...node, entries };
}

function namesOf(node: Node | undefined): Iterable<string> {
  return node?.kind === "map" ? node.entries.keys() : [];
}

function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === "list" ? node.items : [];
}
