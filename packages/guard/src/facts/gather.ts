import { parseEndpoint } from "@countersign/signer/endpoints";
import { workloadsOf } from "../evaluate.ts";
import type { FactSource, Facts, HostFacts, ModelFacts, SubnetFacts } from "../facts.ts";
import type { ReviewOptions } from "../guard.ts";
import { namedImage } from "../images/named-image.ts";
import type { ImageGate, ImageVerdict } from "../images/verdict.ts";
import { compilePath, member, walk } from "../pointer.ts";
import type { Rule } from "../rule.ts";
import type { WorkloadPart } from "../workload.ts";
import type { ModelMemory } from "./model-memory.ts";
import { untilAborted } from "./until-aborted.ts";

/** Where facts come from. */
export interface FactSources {
  readonly rules: readonly Rule[];
  readonly source: FactSource;
  readonly images: ImageGate | undefined;
  readonly memory: ModelMemory;
}

/** Gathers what the rules about this action need to know. A look-up that fails leaves its fact unknown. */
export async function gatherFacts(
  action: string,
  input: unknown,
  sources: FactSources,
  options: ReviewOptions,
): Promise<Facts> {
  const { rules, images } = sources;
  const needed = new Set(rules.filter(({ actions }) => actions.includes(action)).flatMap(({ needs }) => needs ?? []));
  const looked = Promise.all([
    options.host === undefined ? undefined : hostFacts(options.host, sources.source, options),
    needed.has("models") ? modelFacts(modelNames(action, input), sources, options.signal) : undefined,
    needed.has("subnets") ? subnetFacts(valuesOf(action, input, "subnet"), sources.source, options.signal) : undefined,
    needed.has("images") && images !== undefined ? judgeImages(action, input, images, options.signal) : undefined,
  ]);
  const [host, models, subnets, verdicts] = await untilAborted(looked, options.signal);
  return { host, models, images: verdicts, ...subnets };
}

async function hostFacts(host: string, source: FactSource, options: ReviewOptions): Promise<HostFacts> {
  const endpoint = parseEndpoint(host);
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
  action: string,
  input: unknown,
  gate: ImageGate,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, ImageVerdict>>> {
  const images = new Set<string>();
  visitPart(action, input, "image", (value, holder) => {
    const image = namedImage(value, holder);
    if (image !== undefined) images.add(image);
  });
  const judged = await Promise.all([...images].map((image) => attempt(() => gate.judge(image, { signal }))));
  return Object.fromEntries(judged.flatMap((verdict) => (verdict === undefined ? [] : [[verdict.image, verdict]])));
}

/** The models whose network the request takes: a transform job's, and those of an endpoint's variants. */
function modelNames(action: string, input: unknown): readonly string[] {
  const holders =
    action === "CreateTransformJob"
      ? [input]
      : [member(input, "ProductionVariants"), member(input, "ShadowProductionVariants")].flat();
  return strings(holders.map((holder) => member(holder, "ModelName")));
}

function valuesOf(action: string, input: unknown, part: WorkloadPart): readonly string[] {
  const values: unknown[] = [];
  visitPart(action, input, part, (value) => values.push(value));
  return strings(values);
}

function visitPart(
  action: string,
  input: unknown,
  part: WorkloadPart,
  visit: (value: unknown, holder: unknown) => void,
) {
  for (const workload of workloadsOf(action))
    for (const pointer of workload[part] ?? [])
      walk(input, compilePath(workload.at + pointer), (value, _, ancestors) => visit(value, ancestors.at(-1)));
}

function strings(values: readonly unknown[]): readonly string[] {
  return [...new Set(values.filter((value) => typeof value === "string"))];
}

async function attempt<Result>(look: () => Promise<Result> | undefined): Promise<Result | undefined> {
  try {
    return await look();
  } catch {
    return undefined;
  }
}
