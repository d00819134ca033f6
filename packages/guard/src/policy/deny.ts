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
  const taken = new Map<string, number>();
  return [...groups.values()].map(({ operations, Condition }) => {
    const actions = abbreviate(operations);
    const named = sidOf(Condition);
    const count = (taken.get(named) ?? 0) + 1;
    taken.set(named, count);
    return {
      Sid: count === 1 ? named : `${named}${count}`,
      Effect: "Deny",
      Action: actions.length === 1 ? (actions[0] ?? "") : actions,
      Resource: "*",
      Condition,
    };
  });
}

/** A name for a Deny, from the keys of its condition: `DenyVpcSubnets`. IAM takes letters and digits. */
function sidOf(condition: PolicyCondition): string {
  const [keys = {}] = Object.values(condition);
  const [key = ""] = Object.keys(keys);
  return `Deny${key.slice(key.indexOf(":") + 1).replaceAll(/[^A-Za-z0-9]/g, "")}`;
}

/** The statements without names, for a policy that would be too long with them. */
export function withoutSids(statements: readonly PolicyStatement[]): readonly PolicyStatement[] {
  return statements.map(({ Effect, Action, Resource, Condition, Principal }) => ({
    Effect,
    ...(Principal === undefined ? {} : { Principal }),
    Action,
    Resource,
    ...(Condition === undefined ? {} : { Condition }),
  }));
}
