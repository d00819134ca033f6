import type { HeldCondition, Network, Rule } from "../rules/rule.ts";
import { hasConditionKey } from "./condition-key.ts";
import type { PolicyGap } from "./document.ts";

/** What IAM can hold of a posture. */
export interface Held {
  /** Conditions by action name, `*` for every call. */
  readonly byAction: ReadonlyMap<string, readonly HeldCondition[]>;
  readonly gaps: readonly PolicyGap[];
}

/** Sorts what a posture asks into what condition keys can hold and what they cannot. */
export function hold(rules: readonly Rule[], network: Network): Held {
  const byAction = new Map<string, HeldCondition[]>();
  const gaps: PolicyGap[] = [];

  for (const rule of rules) {
    const unheld = (actions: readonly string[], reason: string): void => {
      if (actions.length > 0) gaps.push({ rule: rule.id, actions, kind: "unheld", reason });
    };
    const { policy } = rule;
    if ("unheld" in policy) {
      unheld(rule.actions, policy.unheld);
      continue;
    }
    const blind: string[] = [];
    const held: string[] = [];
    for (const action of rule.actions) {
      const conditions = policy.conditions(network, action);
      if (conditions.length === 0) {
        if (policy.without !== undefined) unheld([action], policy.without);
      } else if (conditions.every(({ key }) => hasConditionKey(action, key))) {
        byAction.set(action, [...(byAction.get(action) ?? []), ...conditions]);
        held.push(action);
      } else blind.push(action);
    }
    unheld(blind, "IAM has no condition key for the field on these operations.");
    for (const kind of ["looser", "stricter"] as const) {
      const reason = policy[kind];
      if (reason !== undefined && held.length > 0) gaps.push({ rule: rule.id, actions: held, kind, reason });
    }
  }
  return { byAction, gaps };
}
