import type { Rule } from "./rule.ts";

/**
 * A named set of rules. `postures.private.rules` and the like are a start for one's own.
 *
 * @example
 * const ours: Posture = { name: "ours", rules: postures.locked.rules.filter((rule) => rule.id !== "endpoint-instances") };
 */
export interface Posture {
  readonly name: string;
  readonly rules: readonly Rule[];
}
