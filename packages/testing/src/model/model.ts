import { model } from "#data/sagemaker-model";
import type { Member, OperationModel, Shape } from "./shape.ts";

/** The services that the data describes, by botocore's name. */
export type ModelledService =
  | "sagemaker"
  | "sagemaker-runtime"
  | "sagemaker-featurestore-runtime"
  | "sagemaker-metrics"
  | "sagemaker-edge"
  | "sagemaker-a2i-runtime";

/** The operations and shapes of one service. */
export interface ServiceModel {
  readonly operations: ReadonlyMap<string, OperationModel>;
  /** @throws {Error} for a name that the model does not hold. */
  shape(name: string): Shape;
}

/** The model of a service. Only its operations are parsed here; a shape is parsed when it is first used. */
export function readModel(service: ModelledService): ServiceModel {
  const operations = new Map<string, OperationModel>();
  const lines = new Map<string, string>();
  for (const line of section(service)) {
    const [name, rest] = cut(line.startsWith("> ") ? line.slice(2) : line);
    if (line.startsWith("> ")) operations.set(name, readOperation(name, rest));
    else lines.set(name, rest);
  }
  const shapes = new Map<string, Shape>();
  return {
    operations,
    shape(name) {
      const known = shapes.get(name);
      if (known !== undefined) return known;
      const line = lines.get(name);
      if (line === undefined) throw new Error(`The model of ${service} holds no shape ${name}.`);
      const shape = readShape(name, line);
      shapes.set(name, shape);
      return shape;
    },
  };
}

function section(service: ModelledService): readonly string[] {
  const [, text = ""] = model.split(`\n= ${service}\n`);
  return text.split("\n= ", 1)[0]?.trim().split("\n") ?? [];
}

function cut(line: string): readonly [name: string, rest: string] {
  const space = line.indexOf(" ");
  return [line.slice(0, space), line.slice(space + 1)];
}

function readOperation(name: string, text: string): OperationModel {
  const [input, output, errors, method = "POST", path = "/", status = 200] = JSON.parse(text) as [
    string,
    string,
    string,
    string?,
    string?,
    number?,
  ];
  return { name, input, output, errors: errors.split(" ").filter(Boolean), http: { method, path, status } };
}

/** A shape as the data writes it: `data/generate.mjs` names each key. */
interface CompactShape {
  readonly m?: string;
  readonly u?: 1;
  readonly p?: string;
  readonly h?: number;
  readonly l?: string;
  readonly k?: string;
  readonly v?: string;
  readonly t?: "s" | "i" | "f" | "b" | "d" | "x";
  readonly n?: readonly [min: number | null, max: number | null];
  readonly f?: "iso8601" | "rfc822" | "unixTimestamp";
  readonly r?: string;
  readonly o?: readonly string[];
}

const scalars = { s: "string", i: "integer", f: "float", b: "boolean", d: "timestamp", x: "blob" } as const;

function readShape(name: string, text: string): Shape {
  const compact = JSON.parse(text) as CompactShape;
  const limits = { min: compact.n?.[0] ?? undefined, max: compact.n?.[1] ?? undefined };
  if (compact.m !== undefined) {
    return {
      type: "structure",
      name,
      members: new Map(compact.m.split(" ").filter(Boolean).map(readMember)),
      union: compact.u === 1,
      payload: compact.p,
      status: compact.h,
    };
  }
  if (compact.l !== undefined) return { type: "list", name, member: compact.l, ...limits };
  if (compact.k !== undefined) return { type: "map", name, key: compact.k, value: compact.v ?? "", ...limits };
  const type = scalars[compact.t ?? "s"];
  if (type !== "string") return { type, name, ...limits, format: compact.f };
  return { type, name, ...limits, options: compact.o, pattern: compact.r };
}

function readMember(text: string): readonly [string, Member] {
  const [, mark, name = "", shape = name, location, locationName] =
    /^(!?)([^:@]+)(?::([^@]+))?(?:@(\w+)=(.+))?$/.exec(text) ?? [];
  return [
    name,
    {
      name,
      shape,
      required: mark === "!",
      location: location as Member["location"],
      locationName: locationName ?? name,
    },
  ];
}
