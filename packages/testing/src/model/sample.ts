import type { ServiceModel } from "./model.ts";
import { sampleText } from "./sample-text.ts";
import type { Shape } from "./shape.ts";

/** A value with the fewest members that a shape allows. Timestamps are `now`, in seconds since the epoch. */
export function sample(model: ServiceModel, shapeName: string, now: number): unknown {
  const shape = model.shape(shapeName);
  switch (shape.type) {
    case "structure": {
      const required = [...shape.members.values()].filter((member) => member.required);
      const members = shape.union ? [...shape.members.values()].slice(0, 1) : required;
      return Object.fromEntries(members.map((member) => [member.name, sample(model, member.shape, now)]));
    }
    case "list":
      return Array.from({ length: shape.min ?? 0 }, () => sample(model, shape.member, now));
    case "map":
      return (shape.min ?? 0) === 0 ? {} : { [String(sample(model, shape.key, now))]: sample(model, shape.value, now) };
    default:
      return sampleScalar(shape, now);
  }
}

function sampleScalar(shape: Exclude<Shape, { type: "structure" | "list" | "map" }>, now: number): unknown {
  switch (shape.type) {
    case "string":
      return shape.options?.[0] ?? sampleText(shape.pattern, shape.min, shape.max);
    case "boolean":
      return false;
    case "timestamp":
      return now;
    case "blob":
      return "";
    default:
      return Math.min(Math.max(shape.min ?? 1, 0), shape.max ?? Number.MAX_SAFE_INTEGER);
  }
}
