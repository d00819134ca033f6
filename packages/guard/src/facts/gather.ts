import { workloadsOf } from "../evaluate/places.ts";
import type { FactSource, Facts, HostFacts, ModelFacts, SubnetFacts } from "../facts.ts";
import type { ReviewOptions } from "../guard.ts";
import { knownEndpoint } from "../call/known-endpoint.ts";
import { namedImage } from "../images/named-image.ts";
import type { ImageGate, ImageVerdict } from "../images/verdict.ts";
import { pipelineSteps } from "../call/pipeline-steps.ts";
import { compilePath, member, walk } from "../evaluate/pointer.ts";
import type { Rule } from "../rules/rule.ts";
import { pointersOfPart, type WorkloadPart } from "../api/workload.ts";
import type { ModelMemory } from "./model-memory.ts";
import { untilAborted } from "./until-aborted.ts";

type Need = NonNullable<Rule["needs"]>[number];

/** The facts that rules need, by action. */
export type Needs = ReadonlyMap<string, ReadonlySet<Need>>;

/** Collects what the rules of each action need. */
export function needsOf(rules: readonly Rule[]): Needs {
  const needs = new Map<string, Set<Need>>();
  for (const rule of rules)
    for (const action of rule.actions)
      for (const need of rule.needs ?? []) needs.set(action, (needs.get(action) ?? new Set()).add(need));
  return needs;
}

/** Where facts come from. */
export interface FactSources {
  readonly needs: Needs;
  readonly source: FactSource;
  readonly images: ImageGate | undefined;
  readonly memory: ModelMemory;
}

interface CallInput {
  readonly action: string;
  readonly input: unknown;
}

/** Looks up the facts that the rules about a call, and about the calls of a pipeline's steps, need. A failed look-up leaves its fact unknown. */
export async function gatherFacts(
  action: string,
  input: unknown,
  sources: FactSources,
  options: ReviewOptions,
): Promise<Facts> {
  const { needs, images, source } = sources;
  const { signal } = options;
  const calls = [{ action, input }, ...pipelineSteps(action, input).steps].filter((call) => needs.has(call.action));
  // Most calls, invocations among them, need only the fact about their host.
  if (calls.length === 0) {
    if (options.host === undefined) return {};
    return { host: await untilAborted(hostFacts(options.host, source, options), signal) };
  }
  const about = (need: Need) => calls.filter((call) => needs.get(call.action)?.has(need) === true);
  const models = [...new Set(about("models").flatMap(modelNames))];
  const subnets = [...new Set(about("subnets").flatMap((call) => valuesOf(call, "subnet")))];
  const named = [...new Set(about("images").flatMap(imagesOfCall))];
  const looked = Promise.all([
    options.host === undefined ? undefined : hostFacts(options.host, source, options),
    modelFacts(models, sources, signal),
    subnetFacts(subnets, source, signal),
    images === undefined ? undefined : judgeImages(named, images, signal),
  ]);
  const [host, known, placed, verdicts] = await untilAborted(looked, signal);
  return { host, models: known, images: verdicts, ...placed };
}

async function hostFacts(host: string, source: FactSource, options: ReviewOptions): Promise<HostFacts> {
  const endpoint = knownEndpoint(host);
  const vpcEndpoint = endpoint?.vpcEndpoint !== undefined && endpoint.service.startsWith("sagemaker");
  if (vpcEndpoint || options.privateAddresses === true) return { name: host, vpcEndpoint, private: true };
  const resolved = await attempt(() => source.resolvesPrivately?.(host, options.signal));
  return { name: host, vpcEndpoint, private: resolved === true };
}

async function modelFacts(
  names: readonly string[],
  { source, memory }: FactSources,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, ModelFacts>>> {
  const look = async (name: string): Promise<readonly [string, ModelFacts] | undefined> => {
    if (source.model === undefined) return named(name, memory.recall(name));
    try {
      return named(name, await source.model(name, signal));
    } catch {
      return named(name, memory.recall(name));
    }
  };
  const found = await Promise.all(names.map(look));
  return Object.fromEntries(found.filter((entry) => entry !== undefined));
}

function named(name: string, facts: ModelFacts | undefined): readonly [string, ModelFacts] | undefined {
  return facts === undefined ? undefined : [name, facts];
}

async function subnetFacts(
  ids: readonly string[],
  source: FactSource,
  signal: AbortSignal | undefined,
): Promise<Pick<Facts, "subnetZones" | "subnetAddresses">> {
  const found = ids.length === 0 ? undefined : await attempt(() => source.subnets?.(ids, signal));
  const entries: readonly (readonly [string, SubnetFacts])[] = Object.entries(found ?? {});
  return {
    subnetZones: Object.fromEntries(entries.map(([id, { zone }]) => [id, zone])),
    subnetAddresses: Object.fromEntries(
      entries.flatMap(([id, { addresses }]) => (addresses === undefined ? [] : [[id, addresses] as const])),
    ),
  };
}

async function judgeImages(
  images: readonly string[],
  gate: ImageGate,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, ImageVerdict>>> {
  const judged = await Promise.all(
    images.map(async (image) => [image, await attempt(() => gate.judge(image, { signal }))] as const),
  );
  return Object.fromEntries(judged.filter((entry): entry is [string, ImageVerdict] => entry[1] !== undefined));
}

/** The models whose network a request uses: that of a transform job, and those of the variants of an endpoint. */
function modelNames({ action, input }: CallInput): readonly string[] {
  const holders =
    action === "CreateTransformJob"
      ? [input]
      : [member(input, "ProductionVariants"), member(input, "ShadowProductionVariants")].flat();
  return strings(holders.map((holder) => member(holder, "ModelName")));
}

/** The images that a request names, those of a pipeline's steps included. */
export function imagesOf(action: string, input: unknown): readonly string[] {
  return [{ action, input }, ...pipelineSteps(action, input).steps].flatMap(imagesOfCall);
}

function imagesOfCall(call: CallInput): readonly string[] {
  const images: unknown[] = [];
  visitPart(call, "image", (value, holder) => images.push(namedImage(value, holder)));
  return strings(images);
}

function valuesOf(call: CallInput, part: WorkloadPart): readonly string[] {
  const values: unknown[] = [];
  visitPart(call, part, (value) => values.push(value));
  return strings(values);
}

function visitPart(call: CallInput, part: WorkloadPart, visit: (value: unknown, holder: unknown) => void): void {
  for (const workload of workloadsOf(call.action))
    for (const pointer of pointersOfPart(workload, part))
      walk(call.input, compilePath(workload.at + pointer), (value, _, ancestors) => visit(value, ancestors.at(-1)));
}

function strings(values: readonly unknown[]): readonly string[] {
  return values.filter((value) => typeof value === "string");
}

async function attempt<Result>(look: () => Promise<Result> | undefined): Promise<Result | undefined> {
  try {
    return await look();
  } catch {
    return undefined;
  }
}
