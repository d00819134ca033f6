import { abbreviate } from "./abbreviate.ts";
import { denyCondition } from "./condition.ts";
import type { PolicyCondition, PolicyStatement } from "./document.ts";
import type { Held } from "./hold.ts";

/** One Deny for each condition, with all operations that demand it. A Deny overrides every Allow. */
export function denyStatements(byAction: Held["byAction"]): readonly PolicyStatement[] {
  const groups = new Map<string, { readonly operations: Set<string>; readonly Condition: PolicyCondition }>();
  for (const [operation, conditions] of byAction) {
    for (const condition of conditions) {
      const Condition = denyCondition(condition);
      const key = JSON.stringify(Condition);
      const group = groups.get(key) ?? { operations: new Set(), Condition };
      group.operations.add(operation);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ operations, Condition }) => {
    const actions = abbreviate(operations);
    return { Effect: "Deny", Action: actions.length === 1 ? (actions[0] ?? "") : actions, Resource: "*", Condition };
  });
}
