import { condition, conditionAsValue, ifMet } from "./conditions.ts";
import type { IntrinsicFunction } from "./evaluation.ts";
import { findInMap, length, select } from "./list-functions.ts";
import { getAtt, ref } from "./reference.ts";
import { join, split, sub, toJsonString } from "./text-functions.ts";
import { unknown } from "./unknown-value.ts";

/**
 * The intrinsic functions that are evaluated here, by name.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export const intrinsicFunctions: ReadonlyMap<string, IntrinsicFunction> = new Map<string, IntrinsicFunction>([
  ["Ref", ref],
  ["Condition", condition],
  ["Fn::GetAtt", getAtt],
  ["Fn::If", ifMet],
  ["Fn::Sub", sub],
  ["Fn::Join", join],
  ["Fn::Split", split],
  ["Fn::ToJsonString", toJsonString],
  ["Fn::Select", select],
  ["Fn::FindInMap", findInMap],
  ["Fn::Length", length],
  ["Fn::ImportValue", (argument, at) => unknown("Fn::ImportValue", argument, "the stack that exports it", at)],
  ...["Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not"].map((name) => [name, conditionAsValue(name)] as const),
]);
