import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { inputOf } from "../api/model.ts";
import { incompleteFinding } from "./form.ts";
import { type Gap, type Path, compilePath, pointerOf, typeAt, walk } from "./pointer.ts";
import type { Context, Network, Rule } from "../rules/rule.ts";
import { pointersOfPart, type Workload, type WorkloadPart } from "../api/workload.ts";
import { workloads } from "../api/workloads.ts";

/** Observes each judgement of a rule. */
export interface Observer {
  /** Called before the walk to the values that a rule judges, or to a workload. */
  start(): void;
  /** Judges a workload that the walk reached: values read on the way count for each judgement in it. */
  within(judge: () => void): void;
  /** A rule judged the value at a place; `finding` is set when the value breaks it. */
  judged(rule: string, place: string, finding: Finding | undefined): void;
  /** After the walk. */
  end(rule: Rule | undefined): void;
}

/** Judges an input by the rules of its action. */
export type Evaluate = (action: string, input: unknown, facts: Facts, observer?: Observer) => Finding[];

/** A rule with the paths it judges in one workload of one action. */
interface BoundRule {
  readonly rule: Rule;
  readonly paths: readonly Path[];
}

interface Place {
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

/** Compiles rules into the one evaluator. It takes the action as the API spells it. */
export function createEvaluator(rules: readonly Rule[], network: Network): Evaluate {
  const places = new Map<string, readonly Place[]>();
  for (const action of new Set(rules.flatMap((rule) => rule.actions))) {
    const bound = bind(action);
    places.set(action, bound).set(action.toLowerCase(), bound);
  }
  const others = bind("*");

  return function evaluate(action, input, facts, observer) {
    const findings: Finding[] = [];
    /** Members that the API demands, whose absence kept rules from judging, with these rules. */
    const gaps = new Map<string, { readonly gap: Gap; readonly rules: Set<string> }>();
    const note = ({ id, applies, judgesGivenOnly }: Rule, gap: Gap): void => {
      if (judgesGivenOnly === true || applies?.({ facts, network }) === false) return;
      const noted = gaps.get(gap.id) ?? { gap, rules: new Set() };
      noted.rules.add(id);
      gaps.set(gap.id, noted);
    };
    for (const place of places.get(action) ?? places.get(action.toLowerCase()) ?? others) {
      observer?.start();
      walk(
        input ?? undefined,
        place.at,
        (scope, keys, ancestors, gap) => {
          const work = (): void => {
            judge(place, scope, [...keys], [...ancestors], gap);
          };
          if (observer === undefined) work();
          else observer.within(work);
        },
        {},
        (gap) => {
          for (const { rule } of place.rules) note(rule, gap);
        },
      );
      observer?.end(place.rules[0]?.rule);
    }
    for (const { gap, rules } of gaps.values()) {
      const finding = incompleteFinding(action, gap, rules);
      findings.push(finding);
      observer?.start();
      observer?.judged(finding.rule, finding.path, finding);
    }
    return findings;

    function judge(
      place: Place,
      scope: unknown,
      at: (string | number)[],
      above: readonly unknown[],
      before: Gap | undefined,
    ): void {
      const scopeKeys = [...at];
      let ancestors: readonly unknown[] = [];
      /** The gap that a rule ran into where it read a part of the workload. */
      let unread: Gap | undefined;
      const context: Context = {
        action,
        input,
        facts,
        network,
        read(part) {
          const found: unknown[] = [];
          for (const path of place.parts[part] ?? [])
            walk(
              scope,
              path,
              (value, _keys, _ancestors, gap) => {
                if (value !== undefined) found.push(value);
                else unread ??= gap;
              },
              { keys: scopeKeys, gap: before },
              (gap) => {
                unread ??= gap;
              },
            );
          return found;
        },
        up: (levels) => (levels <= ancestors.length ? ancestors.at(-levels) : above.at(ancestors.length - levels)),
      };
      for (const { rule, paths } of place.rules) {
        if (observer !== undefined && rule.applies?.(context) === false) continue;
        for (const path of paths) {
          observer?.start();
          walk(
            scope,
            path,
            (value, keys, stack) => {
              ancestors = stack;
              unread = undefined;
              if (rule.holds(value, context)) {
                // The rule holds for the values that it read, but a required member is missing.
                if (unread !== undefined) note(rule, unread);
                observer?.judged(rule.id, pointerOf(keys), undefined);
                return;
              }
              const detail = rule.detail?.(value, context);
              const finding: Finding = {
                rule: rule.id,
                severity: rule.severity,
                action,
                path: pointerOf(keys),
                message: detail === undefined ? `${rule.message}.` : `${rule.message}: ${detail}.`,
                fix: rule.advice?.(value, context) ?? rule.fix,
                references: rule.references,
              };
              findings.push(finding);
              observer?.judged(rule.id, finding.path, finding);
            },
            { keys: at, gap: before },
            (gap) => {
              note(rule, gap);
            },
          );
          observer?.end(rule);
        }
      }
    }
  };

  function bind(action: string): readonly Place[] {
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
}
