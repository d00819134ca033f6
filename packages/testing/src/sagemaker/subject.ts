import type { ServiceModel } from "../model/model.ts";
import type { StructureShape } from "../model/shape.ts";
import type { Input } from "../model/validate.ts";
import { arnWith, type ControlPlane } from "./control-plane.ts";
import { pathOf } from "./kind-facts.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { Scope } from "./resource-store.ts";

/** What an operation does to which kind of resource. `other`: anything but the five verbs and starting and stopping. */
export interface Subject {
  readonly verb: "Create" | "Describe" | "List" | "Update" | "Delete" | "Stop" | "Start" | "other";
  readonly kind: ResourceKind;
}

const verbs = ["Create", "Describe", "List", "Update", "Delete", "Stop", "Start"] as const;

/** The subject of an operation by its name, such as `ListTrainingJobs`; undefined: it is about no single resource. */
export function subjectOf(plane: ControlPlane, operation: string): Subject | undefined {
  const verb = verbs.find((each) => operation.startsWith(each));
  const rest = verb === undefined ? operation : operation.slice(verb.length);
  for (const [noun, kind] of plane.kinds) {
    if (verb !== undefined && rest === (verb === "List" ? plural(noun) : noun)) return { verb, kind };
  }
  const required = requiredMembers(plane.model, operation);
  const about = [...plane.kinds]
    .filter(([noun, kind]) => operation.includes(noun) && required.some((member) => kind.identity.has(member)))
    .toSorted(([a], [b]) => b.length - a.length)[0];
  return about === undefined ? undefined : { verb: "other", kind: about[1] };
}

function requiredMembers(model: ServiceModel, operation: string): readonly string[] {
  const name = model.operations.get(operation)?.input;
  const shape = name === undefined || name === "" ? undefined : (model.shape(name) as StructureShape);
  return [...(shape?.members.values() ?? [])].filter(({ required }) => required).map((member) => member.name);
}

function plural(noun: string): string {
  return /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

/** The ARN that an operation acts on, for policies; `*` where IAM knows no resource. Unknown parts are `*`. */
export function targetArn({ verb, kind }: Subject, input: Input, scope: Scope): string {
  if (verb === "List") return "*";
  const given = [...kind.identity].map((member) => input[member]);
  const arn = given.find((value) => typeof value === "string" && value.includes(`:${kind.type}/`));
  if (verb !== "Create" && typeof arn === "string") return arn;
  return arnWith(kind.type, arnPath(kind, input), scope);
}

/** The members of an ARN after the type. */
export function arnPath(kind: ResourceKind, members: Input): string {
  const custom = pathOf[kind.noun];
  if (custom !== undefined) return custom(members);
  const parts = kind.path.flatMap((member) => {
    const value = members[member];
    return typeof value === "string" || typeof value === "number" ? [String(value).split("/").at(-1) ?? ""] : [];
  });
  return parts.length === 0 ? "*" : parts.join("/");
}
