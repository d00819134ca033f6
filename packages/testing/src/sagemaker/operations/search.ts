import type { StructureShape } from "../../model/shape.ts";
import type { Input } from "../../model/validate.ts";
import { AwsError } from "../../wire/aws-error.ts";
import { answerWith } from "../answer.ts";
import { type Operate, scopeOf } from "../control-plane.ts";
import { knownMembers } from "../known-members.ts";
import { pageOf } from "../page.ts";

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html */
export function search(operate: Operate): Input {
  const { plane, input, call } = operate;
  const noun = nounOf(input["Resource"]);
  const entries = plane.resources
    .of(noun, scopeOf(call))
    .map((resource) => ({ key: resource.arn, value: knownMembers(plane, resource) }))
    .filter(({ value, key }) =>
      matches({ ...value, ...tagsOf(operate, key) }, input["SearchExpression"] as Input | undefined),
    )
    .toReversed();
  const { page, next } = pageOf(`Search ${noun}`, entries, input);
  return answerWith(operate, {
    Results: page.map((known) => ({ [noun]: known })),
    TotalHits: { Value: entries.length, Relation: "EqualTo" },
    ...next,
  });
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_GetSearchSuggestions.html */
export function suggestions(operate: Operate): Input {
  const { plane, input } = operate;
  const hint = ((input["SuggestionQuery"] as Input | undefined)?.["PropertyNameQuery"] as Input | undefined)?.[
    "PropertyNameHint"
  ];
  const record = plane.model.shape("SearchRecord") as StructureShape;
  const target = record.members.get(nounOf(input["Resource"]))?.shape;
  const members = target === undefined ? [] : [...(plane.model.shape(target) as StructureShape).members.keys()];
  const found = members.filter((name) => typeof hint !== "string" || name.toLowerCase().includes(hint.toLowerCase()));
  return answerWith(operate, { PropertyNameSuggestions: found.slice(0, 20).map((PropertyName) => ({ PropertyName })) });
}

function nounOf(resource: unknown): string {
  return { ExperimentTrial: "Trial", ExperimentTrialComponent: "TrialComponent" }[String(resource)] ?? String(resource);
}

function tagsOf({ plane }: Operate, arn: string): Input {
  return Object.fromEntries([...(plane.tags.get(arn) ?? [])].map(([key, value]) => [`Tags.${key}`, value]));
}

function matches(known: Input, expression: Input | undefined): boolean {
  if (expression === undefined) return true;
  const results = [
    ...((expression["Filters"] ?? []) as readonly Input[]).map((filter) => filterHolds(known, filter)),
    ...((expression["SubExpressions"] ?? []) as readonly Input[]).map((inner) => matches(known, inner)),
  ];
  return results.length === 0 || (expression["Operator"] === "Or" ? results.some(Boolean) : results.every(Boolean));
}

function filterHolds(known: Input, { Name, Operator = "Equals", Value = "" }: Input): boolean {
  const value = valueAt(known, String(Name));
  const text = value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
  const wanted = String(Value);
  switch (Operator) {
    case "Equals":
      return text === wanted;
    case "NotEquals":
      return text !== wanted;
    case "Exists":
      return text !== undefined;
    case "NotExists":
      return text === undefined;
    case "Contains":
      return text?.includes(wanted) === true;
    case "In":
      return text !== undefined && wanted.split(",").includes(text);
    case "GreaterThan":
      return order(value, wanted) > 0;
    case "GreaterThanOrEqualTo":
      return order(value, wanted) >= 0;
    case "LessThan":
      return order(value, wanted) < 0;
    case "LessThanOrEqualTo":
      return order(value, wanted) <= 0;
    default:
      throw new AwsError("ValidationException", `The operator ${String(Operator)} is not supported.`);
  }
}

/** NaN where either side is not a number or a date, so that no comparison holds. */
function order(value: unknown, wanted: string): number {
  const limit = Number.isNaN(Number(wanted)) ? Date.parse(wanted) / 1000 : Number(wanted);
  return typeof value === "number" ? value - limit : Number.NaN;
}

function valueAt(known: Input, name: string): unknown {
  if (Object.hasOwn(known, name)) return known[name];
  return name.split(".").reduce<unknown>((inner, part) => (inner as Input | undefined)?.[part], known);
}
