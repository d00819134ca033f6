import { formRules } from "../evaluate/form.ts";
import type { HeldCondition, Network, Rule } from "../rules/rule.ts";
import { hasConditionKey } from "./condition-key.ts";
import type { PolicyGap } from "./document.ts";

/** The part of a posture that IAM can enforce. */
export interface Held {
  /** Conditions by action name, `*` for every call. */
  readonly byAction: ReadonlyMap<string, readonly HeldCondition[]>;
  readonly gaps: readonly PolicyGap[];
}

/** The gaps of a policy that holds no rule, those about the form of a request included. */
export function unheldGaps(rules: readonly Pick<Rule, "id" | "actions">[], reason: string): readonly PolicyGap[] {
  const form = Object.values(formRules).map(({ id, actions = ["*"] }) => ({ id, actions }));
  return [...form, ...rules].map(({ id, actions }) => ({ rule: id, actions, kind: "unheld", reason }));
}

/** Sorts the rules of a posture into those that condition keys can enforce and those that they cannot. */
export function hold(rules: readonly Rule[], network: Network): Held {
  const byAction = new Map<string, HeldCondition[]>();
  const gaps: PolicyGap[] = Object.values(formRules).map(({ id, unheld: reason, actions = ["*"] }) => ({
    rule: id,
    actions,
    kind: "unheld",
    reason,
  }));

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
        unheld([action], policy.without ?? "The rule has no condition for this operation.");
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
