import { isObject } from "../shapes.ts";
import type { ServiceModel } from "./model.ts";
import { sample } from "./sample.ts";
import type { ListShape, Shape, StructureShape } from "./shape.ts";
import type { Input } from "./validate.ts";

/**
 * An output of this shape from known values: members of other names or types are left out, and a required member
 * without a value gets a valid sample, so that every client can read the answer.
 *
 * @param now for required timestamps that are unknown, in seconds since the epoch.
 */
export function fill(model: ServiceModel, shapeName: string, known: Input, now: number): Input {
  const shape = model.shape(shapeName) as StructureShape;
  const filled: Record<string, unknown> = {};
  for (const { name, shape: target, required } of shape.members.values()) {
    const value = Object.hasOwn(known, name) ? fit(model, target, known[name], now) : undefined;
    if (value !== undefined) filled[name] = value;
    else if (required) filled[name] = fit(model, target, sample(model, target, now), now);
  }
  return filled;
}

/** The value as the shape allows it; undefined when its type is another one. */
function fit(model: ServiceModel, shapeName: string, value: unknown, now: number): unknown {
  const shape = model.shape(shapeName);
  if (value === undefined || value === null) return undefined;
  switch (shape.type) {
    case "structure":
      return isObject(value) ? fitStructure(model, shape, value, now) : undefined;
    case "list":
      return Array.isArray(value) ? fitList(model, shape, value, now) : undefined;
    case "map":
      return isObject(value)
        ? Object.fromEntries(
            Object.entries(value).flatMap(([key, each]) => {
              const inner = fit(model, shape.value, each, now);
              return inner === undefined ? [] : [[key, inner]];
            }),
          )
        : undefined;
    default:
      return fits(shape, value) ? written(shape, value) : undefined;
  }
}

/** Undefined when fewer entries are left than the shape allows. */
function fitList(
  model: ServiceModel,
  shape: ListShape,
  values: readonly unknown[],
  now: number,
): readonly unknown[] | undefined {
  const fitting = values.map((each) => fit(model, shape.member, each, now)).filter((each) => each !== undefined);
  return fitting.length < (shape.min ?? 0) ? undefined : fitting;
}

function fitStructure(model: ServiceModel, shape: StructureShape, value: Input, now: number): Input | undefined {
  const filled = fill(model, shape.name, value, now);
  return shape.union && Object.keys(filled).length !== 1 ? undefined : filled;
}

/** A timestamp in the format of its shape; every other value as it is. */
function written(shape: Shape, value: unknown): unknown {
  return shape.type === "timestamp" && shape.format === "iso8601"
    ? new Date(Number(value) * 1000).toISOString()
    : value;
}

function fits(shape: Exclude<Shape, { type: "structure" | "list" | "map" }>, value: unknown): boolean {
  switch (shape.type) {
    case "string":
      return typeof value === "string" && shape.options?.includes(value) !== false;
    case "boolean":
      return typeof value === "boolean";
    case "blob":
      return typeof value === "string";
    default:
      return typeof value === "number";
  }
}
