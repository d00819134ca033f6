import { GuardError } from "./error.ts";
import type { PostureName, Rule } from "./rules/rule.ts";
import { rules } from "./rules/all-rules.ts";

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
 * The three postures, each holding all that the one before holds. `baseline`: nothing faces the internet, and nothing is
 * asked for that AWS refuses. `private`: everything runs in the VPC, isolated, and is called through its endpoints.
 * `locked`: and what is stored is stored under one's own keys.
 *
 * @example
 * const ours = { name: "ours", rules: postures.locked.rules.filter((rule) => rule.id !== "endpoint-instances") };
 */
export const postures: Readonly<Record<PostureName, Posture>> = {
  baseline: upTo("baseline"),
  private: upTo("private"),
  locked: upTo("locked"),
};

/** The posture that an option names or is. */
export function resolvePosture(posture: PostureName | Posture): Posture {
  if (typeof posture === "object" && posture !== null) {
    if (!Array.isArray(posture.rules) || posture.rules.length === 0)
      throw new GuardError("INVALID_OPTION", "posture.rules must be a list of at least one rule.");
    return posture;
  }
  if (!Object.hasOwn(postures, posture))
    throw new GuardError(
      "INVALID_OPTION",
      `posture is ${JSON.stringify(posture)}; it must be ${order.join(", ")} or a Posture.`,
    );
  return postures[posture];
}
