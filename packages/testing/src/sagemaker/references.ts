import type { Input } from "../model/validate.ts";
import { AwsError } from "../wire/aws-error.ts";
import { arnWith, kindOf, type Operate, scopeOf, words } from "./control-plane.ts";
import { referredTo } from "./find-resource.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { Resource } from "./resource-store.ts";
import { arnPath } from "./subject.ts";

/** Checks that what a new or changed resource refers to exists. */
export function checkReferences(operate: Operate, kind: ResourceKind): void {
  const { input } = operate;
  const [parent, member] = kind.facts.parent ?? [];
  if (parent !== undefined && member !== undefined) mustExist(operate, parent, member, input[member]);
  if (kind.noun !== "EndpointConfig") return;
  for (const variants of [input["ProductionVariants"], input["ShadowProductionVariants"]]) {
    for (const variant of Array.isArray(variants) ? (variants as readonly Input[]) : []) {
      mustExist(operate, "Model", "ModelName", variant["ModelName"]);
    }
  }
}

function mustExist(operate: Operate, noun: string, member: string, value: unknown): void {
  const { plane, operation, call } = operate;
  const kind = kindOf(plane, noun);
  if (value === undefined || referredTo(plane, kind, value, call) !== undefined) return;
  const code = operation.errors.includes("ResourceNotFound") ? "ResourceNotFound" : "ValidationException";
  const arn =
    typeof value === "string" && value.startsWith("arn:")
      ? value
      : arnWith(kind.type, arnPath(kind, { [member]: value }), scopeOf(call));
  throw new AwsError(code, `Could not find ${words(noun)} "${arn}".`);
}

/** Kinds whose deletion SageMaker refuses while others belong to them. */
const keepsChildren = new Set(["Domain", "Experiment", "Hub", "Image", "ModelPackageGroup", "DeviceFleet"]);

/** @throws {AwsError} when resources still belong to the one that is deleted. */
export function checkNoChildren({ plane, operation, call }: Operate, kind: ResourceKind, resource: Resource): void {
  if (!keepsChildren.has(kind.noun)) return;
  for (const child of plane.kinds.values()) {
    const [parent, member = ""] = child.facts.parent ?? [];
    const belongs =
      parent === kind.noun
        ? member
        : kind.noun === "ModelPackageGroup" && child.noun === "ModelPackage"
          ? "ModelPackageGroupName"
          : "";
    if (belongs === "") continue;
    const left = plane.resources
      .of(child.noun, scopeOf(call))
      .find((each) => referredTo(plane, kind, each.members[belongs], call)?.arn === resource.arn);
    if (left === undefined) continue;
    const code = ["ResourceInUse", "ConflictException"].find((each) => operation.errors.includes(each));
    throw new AwsError(
      code ?? "ValidationException",
      `Cannot delete ${words(kind.noun)} "${resource.arn}": "${left.arn}" belongs to it.`,
    );
  }
}
