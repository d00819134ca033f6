import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import type { Context, Network, Rule } from "../rules/rule.ts";
import type { Gaps } from "./gaps.ts";
import type { Observer } from "./observer.ts";
import type { Place } from "./places.ts";
import { type Gap, pointerOf, walk } from "./pointer.ts";

/** One judgement of an input, and what it found so far. */
export interface Judgement {
  readonly action: string;
  readonly input: unknown;
  readonly facts: Facts;
  readonly network: Network;
  readonly observer: Observer | undefined;
  readonly findings: Finding[];
  readonly gaps: Gaps;
}

/** A workload in the input. */
export interface FoundWorkload {
  readonly place: Place;
  readonly value: unknown;
  readonly keys: (string | number)[];
  /** The objects and lists around it, outermost first. */
  readonly ancestors: readonly unknown[];
  /** A member that the API demands and that is absent on the way to the workload. */
  readonly gap: Gap | undefined;
}

/** Judges a workload by all its rules. */
export function judgeWorkload(judgement: Judgement, workload: FoundWorkload): void {
  const { observer, gaps } = judgement;
  const { value: scope, keys, gap: before } = workload;
  const view = createView(judgement, workload);
  for (const { rule, paths } of workload.place.rules) {
    if (observer !== undefined && rule.applies?.(view.context) === false) continue;
    for (const path of paths) {
      observer?.start();
      walk(
        scope,
        path,
        (value, at, ancestors) => {
          view.moveTo(ancestors);
          const finding = findingOf(rule, value, at, view.context);
          const unread = view.unread();
          // The rule holds for the values that it read, but a required member is missing.
          if (finding === undefined && unread !== undefined) gaps.note(rule, unread);
          if (finding !== undefined) judgement.findings.push(finding);
          observer?.judged(rule.id, finding?.path ?? pointerOf(at), finding);
        },
        { keys, gap: before },
        (gap) => {
          gaps.note(rule, gap);
        },
      );
      observer?.end(rule);
    }
  }
}

/** The finding of a value that breaks a rule. */
function findingOf(
  rule: Rule,
  value: unknown,
  keys: readonly (string | number)[],
  context: Context,
): Finding | undefined {
  if (rule.holds(value, context)) return undefined;
  const detail = rule.detail?.(value, context);
  return {
    rule: rule.id,
    severity: rule.severity,
    action: context.action,
    path: pointerOf(keys),
    message: detail === undefined ? `${rule.message}.` : `${rule.message}: ${detail}.`,
    fix: rule.advice?.(value, context) ?? rule.fix,
    references: rule.references,
  };
}

/** What a rule sees of a workload, from the value that it judges. */
interface View {
  readonly context: Context;
  /** Goes to a value, by the objects and lists between the workload and it. */
  moveTo(ancestors: readonly unknown[]): void;
  /** The gap that the rule ran into where it read a part of the workload. */
  unread(): Gap | undefined;
}

function createView({ action, input, facts, network }: Judgement, workload: FoundWorkload): View {
  const { place, value: scope, gap: before, ancestors: above } = workload;
  // The walk changes the keys while it is under way, and a rule may read a part then.
  const keys = [...workload.keys];
  let ancestors: readonly unknown[] = [];
  let unread: Gap | undefined;
  const miss = (gap: Gap | undefined): void => {
    unread ??= gap;
  };
  return {
    moveTo(next) {
      ancestors = next;
      unread = undefined;
    },
    unread: () => unread,
    context: {
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
              if (value === undefined) miss(gap);
              else found.push(value);
            },
            { keys, gap: before },
            miss,
          );
        return found;
      },
      up: (levels) => (levels <= ancestors.length ? ancestors.at(-levels) : above.at(ancestors.length - levels)),
    },
  };
}
