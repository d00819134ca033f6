import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import type { Network, Rule } from "../rules/rule.ts";
import { createGaps } from "./gaps.ts";
import { type Judgement, judgeWorkload } from "./judge-workload.ts";
import type { Observer } from "./observer.ts";
import { type Place, placesOf } from "./places.ts";
import { walk } from "./pointer.ts";

/** Judges an input by the rules of its action. */
export type Evaluate = (action: string, input: unknown, facts: Facts, observer?: Observer) => Finding[];

/** Compiles rules into the one evaluator. It takes the action as the API spells it. */
export function createEvaluator(rules: readonly Rule[], network: Network): Evaluate {
  const places = new Map<string, readonly Place[]>();
  for (const action of new Set(rules.flatMap((rule) => rule.actions))) {
    const own = placesOf(action, rules);
    places.set(action, own).set(action.toLowerCase(), own);
  }
  const others = placesOf("*", rules);

  return function evaluate(action, input, facts, observer) {
    const gaps = createGaps(facts, network);
    const judgement: Judgement = { action, input, facts, network, observer, findings: [], gaps };
    for (const place of places.get(action) ?? places.get(action.toLowerCase()) ?? others) {
      observer?.start();
      judgePlace(place, judgement);
      observer?.end(place.rules[0]?.rule);
    }
    for (const finding of gaps.findings(action)) {
      judgement.findings.push(finding);
      observer?.start();
      observer?.judged(finding.rule, finding.path, finding);
    }
    return judgement.findings;
  };
}

/** Judges all workloads of the input that stand in a place. */
function judgePlace(place: Place, judgement: Judgement): void {
  const { input, observer, gaps } = judgement;
  walk(
    input ?? undefined,
    place.at,
    (value, keys, ancestors, gap) => {
      const judge = (): void => {
        judgeWorkload(judgement, { place, value, keys: [...keys], ancestors: [...ancestors], gap });
      };
      if (observer === undefined) judge();
      else observer.within(judge);
    },
    {},
    (gap) => {
      for (const { rule } of place.rules) gaps.note(rule, gap);
    },
  );
}
