import { nameSaid, textOf } from "../node.ts";
import { type IntrinsicFunction, NOTHING, type Resolved, type Scope } from "./evaluation.ts";

/** `Ref`. */
export const ref: IntrinsicFunction = (argument, at, { scope }) => {
  const isTarget = (name: string): boolean =>
    scope.parameter(name) !== undefined || scope.resource(name, undefined) !== undefined;
  return refer(nameSaid(argument, isTarget) ?? "", undefined, at, scope);
};

/** `Fn::GetAtt`, which takes a list or a text with dots. */
export const getAtt: IntrinsicFunction = (argument, at, { scope }) => {
  const parts = argument.kind === "list" ? argument.items.map(textOf) : textOf(argument)?.split(".");
  const [resource = "", ...attribute] = parts ?? [];
  return refer(resource, attribute.join("."), at, scope);
};

/** The value of a parameter or a resource, or of a resource's attribute. */
export function refer(name: string, attribute: string | undefined, at: number, scope: Scope): Resolved {
  if (name === "AWS::NoValue") return NOTHING;
  const expression = attribute === undefined ? `Ref ${name}` : `GetAtt ${name}.${attribute}`;
  const parameter = attribute === undefined ? scope.parameter(name) : undefined;
  if (parameter !== undefined) return { ...parameter, at };
  const resource = scope.resource(name, attribute);
  if (resource?.known === true) return { kind: "scalar", value: resource.text, at };
  const text = resource?.text;
  if (text !== undefined)
    return { kind: "unknown", expression, decidedBy: `the resource ${name}, when it exists`, text, at };
  return { kind: "unknown", expression, decidedBy: `--parameters ${name}=VALUE`, at };
}
