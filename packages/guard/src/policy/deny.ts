import { denyCondition } from "./condition.ts";
import type { Held } from "./hold.ts";
import type { PolicyStatement } from "./document.ts";

/** One Deny for each condition, with all the actions that ask it. A Deny stands whatever else allows. */
export function denyStatements(byAction: Held["byAction"]): readonly PolicyStatement[] {
  const groups = new Map<string, { readonly actions: Set<string>; readonly statement: PolicyStatement }>();
  for (const [action, conditions] of byAction) {
    for (const condition of conditions) {
      const Condition = denyCondition(condition);
      const key = JSON.stringify(Condition);
      const actions = groups.get(key)?.actions ?? new Set<string>();
      groups.set(key, {
        actions: actions.add(`sagemaker:${action}`),
        statement: { Effect: "Deny", Action: [], Resource: "*", Condition },
      });
    }
  }
  return [...groups.values()].map(({ actions, statement }) => ({
    ...statement,
    Action: actions.size === 1 ? [...actions].join("") : [...actions],
  }));
}
