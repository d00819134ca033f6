import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import type { Network, Rule } from "../rules/rule.ts";
import { incompleteFinding } from "./form.ts";
import type { Gap } from "./pointer.ts";

/** Members that the API demands, whose absence kept rules from judging. */
export interface Gaps {
  /** Notes that a rule could not judge; a rule that does not apply needs no value. */
  note(rule: Rule, gap: Gap): void;
  /** One finding for each gap. */
  findings(action: string): Finding[];
}

/** Makes the list, which is empty. */
export function createGaps(facts: Facts, network: Network): Gaps {
  const noted = new Map<string, { readonly gap: Gap; readonly rules: Set<string> }>();
  return {
    note({ id, applies, judgesGivenOnly }, gap) {
      if (judgesGivenOnly === true || applies?.({ facts, network }) === false) return;
      const known = noted.get(gap.id) ?? { gap, rules: new Set() };
      known.rules.add(id);
      noted.set(gap.id, known);
    },
    findings: (action) => [...noted.values()].map(({ gap, rules }) => incompleteFinding(action, gap, rules)),
  };
}
