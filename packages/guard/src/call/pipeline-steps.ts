import { isRecord } from "@countersign/signer/options";
import { member } from "../evaluate/pointer.ts";
import type { ModelFacts } from "../facts.ts";
import { plainName, quote } from "../quote.ts";
import { parseJson } from "./json.ts";
import { holdsCommand } from "./plain-command.ts";
import { BRANCHES, isKnownVersion, isUnseen, operationOf, strayInDefinition, strayInStep } from "./step-types.ts";

/** A pipeline step that calls an operation of the SageMaker API. */
export interface PipelineStep {
  /** As a message shows it: quoted where it has other characters than names have. */
  readonly name: string;
  readonly action: string;
  readonly input: unknown;
}

/** A step whose work is defined elsewhere: in a function, behind a queue, on a cluster, in a command that calls SageMaker. */
export interface UnseenStep {
  readonly name: string;
  readonly type: string;
}

/** The calls that a pipeline makes when it runs. */
export interface PipelineSteps {
  readonly steps: readonly PipelineStep[];
  /** Steps that run code of their own, which no rule sees. */
  readonly unseen: readonly UnseenStep[];
  /** The models that its own steps create, by the reference that later steps use. */
  readonly models: Readonly<Record<string, ModelFacts>>;
  /** Why the steps, or some of them, cannot be seen. */
  readonly fault?: string;
}

const none: PipelineSteps = { steps: [], unseen: [], models: {} };

/** The steps read last from an input: the rules and the look-ups ask for the same definition several times. */
const read = new WeakMap<object, { readonly definition: unknown; readonly result: PipelineSteps }>();

/** The steps of the pipeline that a request defines; none for every other request. */
export function pipelineSteps(action: string, input: unknown): PipelineSteps {
  if (action !== "CreatePipeline" && action !== "UpdatePipeline") return none;
  if (member(input, "PipelineDefinitionS3Location") !== undefined)
    return { ...none, fault: "the definition is in S3, which the guard does not read" };
  const definition = member(input, "PipelineDefinition");
  if (definition === undefined && action === "UpdatePipeline") return none;
  const known = read.get(input as object);
  if (known?.definition === definition && known !== undefined) return known.result;
  const parsed = typeof definition === "string" ? parseJson(definition) : undefined;
  const result =
    parsed === undefined
      ? { ...none, fault: "the definition is not JSON, or names a member twice" }
      : stepsOf(parsed.value);
  if (typeof input === "object" && input !== null) read.set(input, { definition, result });
  return result;
}

/** The steps of a parsed pipeline definition, those inside conditions included. */
function stepsOf(definition: unknown): PipelineSteps {
  const steps: PipelineStep[] = [];
  const unseen: UnseenStep[] = [];
  const models: Record<string, ModelFacts> = Object.create(null) as Record<string, ModelFacts>;
  /** The first fault. The steps after it are read too: an exception may allow the fault, and not what they do. */
  let fault: string | undefined;
  /** Conditions nest as deep as their author likes: the lists that wait are kept here and not on the call stack. */
  const waiting: Iterator<unknown>[] = [];

  const version = member(definition, "Version");
  if (!isKnownVersion(version)) note(`the definition has the version ${quote(version)}, which no rule knows`);
  const stray = strayInDefinition(namesOf(definition));
  if (stray !== undefined) note(`the definition has the member ${quote(stray)}, which no rule knows`);
  begin(member(definition, "Steps"), "the definition has no list of steps");
  for (let list = waiting.at(-1); list !== undefined; list = waiting.at(-1)) {
    const next = list.next();
    if (next.done === true) waiting.pop();
    else take(next.value);
  }
  return fault === undefined ? { steps, unseen, models } : { steps, unseen, models, fault };

  function note(found: string): void {
    fault ??= found;
  }

  function begin(list: unknown, otherwise: string): void {
    if (Array.isArray(list)) waiting.push(list.values());
    else note(otherwise);
  }

  function take(step: unknown): void {
    const type = member(step, "Type");
    const args = member(step, "Arguments");
    const operation = operationOf(type, args);
    const given = member(step, "Name");
    const name = typeof given === "string" ? given.slice(0, 256) : "without a name";
    const told = typeof given === "string" ? plainName(name) : name;
    if (operation === undefined) {
      note(`the step ${told} has the type ${quote(type)}, which no rule knows`);
      return;
    }
    const unread = strayInStep(type, namesOf(step), namesOf(args));
    if (unread !== undefined) note(`the step ${told} has the member ${quote(unread)}, which no rule knows`);
    if (type === "Condition") {
      if (args !== undefined && !isRecord(args)) note(`the step ${told} has arguments that are not an object`);
      // The last one pushed is read first.
      for (const branch of BRANCHES.toReversed()) {
        const list = member(args, branch);
        if (list !== undefined) begin(list, `the step ${told} has ${branch} that are not a list`);
      }
    } else if (isUnseen(type)) unseen.push({ name: told, type });
    else if (operation !== null) {
      steps.push({ name: told, action: operation, input: resolve(args) });
      // The container of a step may make calls of its own, under the role of the step.
      if (holdsCommand(args)) unseen.push({ name: told, type: String(type) });
    }
    if (type === "Model") models[`Steps.${name}.ModelName`] = args as ModelFacts;
  }
}

const namesOf = (value: unknown): readonly string[] => (isRecord(value) ? Object.keys(value) : []);

/** The members of a configuration of an endpoint that name models. */
const VARIANTS = ["ProductionVariants", "ShadowProductionVariants"] as const;

/** Puts the reference to a model that another step creates where its name stands. No name of a model has that form. */
function resolve(args: unknown): unknown {
  const named = withModel(args);
  const lists = VARIANTS.flatMap((name) => {
    const list = member(named, name);
    return Array.isArray(list) ? [[name, list.map(withModel)] as const] : [];
  });
  return lists.length === 0 ? named : { ...(named as object), ...Object.fromEntries(lists) };
}

function withModel(value: unknown): unknown {
  const name = member(value, "ModelName");
  const reference = member(name, "Get");
  return typeof reference === "string" && Object.keys(name as object).length === 1
    ? { ...(value as object), ModelName: reference }
    : value;
}
