import { literalEntry } from "../node.ts";
import { type IntrinsicFunction, NOTHING, argumentsOf } from "./evaluation.ts";
import { sameText } from "./readings.ts";
import { isUnknown, unknown } from "./unknown-value.ts";

/** `Fn::Select`. */
export const select: IntrinsicFunction = (argument, at, { resolve }) => {
  const [index, list] = argumentsOf(argument);
  const parts = list === undefined ? undefined : resolve(list);
  const written = index === undefined ? NOTHING : resolve(index);
  const digits = sameText(written) ?? "";
  const chosen = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
  const found = parts !== undefined && parts !== NOTHING && parts.kind === "list" ? parts.items[chosen] : undefined;
  return found ?? (isUnknown(parts) ? { ...parts, at } : unknown("Fn::Select", argument, "its list", at));
};

/** `Fn::FindInMap`. */
export const findInMap: IntrinsicFunction = (argument, at, { scope, resolve }) => {
  const names = argumentsOf(argument).slice(0, 3).map(resolve);
  const path = names.map(sameText);
  const found = path.includes(undefined) ? undefined : literalEntry(scope.mappings, ...(path as string[]));
  const cause = names.find(isUnknown);
  return found ?? unknown("Fn::FindInMap", argument, cause === undefined ? "the mapping" : cause.decidedBy, at);
};

/** `Fn::Length`. */
export const length: IntrinsicFunction = (argument, at, { resolve }) => {
  const resolved = resolve(argument);
  return resolved !== NOTHING && resolved.kind === "list"
    ? { kind: "scalar", value: resolved.items.length, at }
    : unknown("Fn::Length", argument, "its list", at);
};
