import { spellOperation } from "./api/action-name.ts";
import { rules } from "./rules/all-rules.ts";
import type { PostureName, Rule } from "./rules/rule.ts";

/** A named set of rules. */
export interface Posture {
  readonly name: string;
  readonly rules: readonly Rule[];
}

const order: readonly PostureName[] = ["baseline", "private", "locked"];

const upTo = (name: PostureName): Posture => ({
  name,
  rules: rules.filter((rule) => order.indexOf(rule.posture) <= order.indexOf(name)),
});

/**
 * The three postures; each has all rules of the one before. `baseline`: nothing faces the internet, and nothing is asked for
 * that AWS refuses. `private`: everything runs in the VPC, isolated, and is called through its endpoints. `locked`: and what
 * is stored is encrypted under your own keys.
 *
 * @example
 * const ours = { name: "ours", rules: postures.locked.rules.filter((rule) => rule.id !== "endpoint-instances") };
 */
export const postures: Readonly<Record<PostureName, Posture>> = {
  baseline: upTo("baseline"),
  private: upTo("private"),
  locked: upTo("locked"),
};

/** The posture that the option names, or is, with its operations as the API spells them: a rule is found by that name. */
export function resolvePosture(posture: PostureName | Posture): Posture {
  if (typeof posture !== "object") return postures[posture];
  const spelled = posture.rules.map((rule) => ({ ...rule, actions: [...new Set(rule.actions.map(spellOperation))] }));
  return { ...posture, rules: spelled };
}
