import { inputOf } from "../api/model.ts";
import { type Workload, type WorkloadPart, pointersOfPart } from "../api/workload.ts";
import { workloads } from "../api/workloads.ts";
import type { Rule } from "../rules/rule.ts";
import { type Path, compilePath, typeAt } from "./pointer.ts";

/** A rule with the paths it judges in one workload of one action. */
export interface BoundRule {
  readonly rule: Rule;
  readonly paths: readonly Path[];
}

/** A workload of an action, with the rules that judge it. */
export interface Place {
  readonly at: Path;
  readonly rules: readonly BoundRule[];
  readonly parts: Partial<Record<WorkloadPart, readonly Path[]>>;
}

const whole: Workload = { at: "" };

/** The pointers that a rule judges in a workload. Names of parts are looked up; pointers into the input belong to the whole. */
export function pointersOf(rule: Rule, workload: Workload): readonly string[] {
  const pointers = typeof rule.pointer === "string" ? [rule.pointer] : rule.pointer;
  return pointers.flatMap((pointer) => {
    if (pointer === "" || pointer.startsWith("/")) return workload.at === "" ? [pointer] : [];
    const slash = pointer.indexOf("/");
    const part = (slash === -1 ? pointer : pointer.slice(0, slash)) as WorkloadPart;
    return pointersOfPart(workload, part).map((place) => place + (slash === -1 ? "" : pointer.slice(slash)));
  });
}

/** The workloads of an action, always with the whole input among them. */
export function workloadsOf(action: string): readonly Workload[] {
  const known = workloads[action] ?? [];
  return known.some(({ at }) => at === "") ? known : [whole, ...known];
}

/** The workloads of an action, with their rules ready to be walked to. `*` is an action that no rule names. */
export function placesOf(action: string, rules: readonly Rule[]): readonly Place[] {
  const mine = rules.filter(({ actions }) => actions.includes(action) || actions.includes("*"));
  const type = inputOf(action);
  const isUpdate = action.startsWith("Update");
  return workloadsOf(action).map((workload) => {
    const compile = (pointer: string): Path =>
      compilePath(pointer, typeAt(workload.at, type), isUpdate && workload.at === "");
    return {
      at: compilePath(workload.at, type, isUpdate),
      rules: mine
        .map((rule) => ({ rule, paths: pointersOf(rule, workload).map(compile) }))
        .filter((bound) => bound.paths.length > 0),
      parts: Object.fromEntries(
        Object.entries(workload)
          .filter(([part]) => part !== "at")
          .map(([part, pointers]) => [part, (pointers as readonly string[]).map(compile)]),
      ),
    };
  });
}
