import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import type { Evaluate } from "./evaluate.ts";
import type { Observer } from "./observer.ts";
import { type Unknown, readingAs } from "./unknown.ts";

/** A rule that cannot be judged, because a value that it reads is not known. */
export interface Unjudged {
  /** Id of the rule. */
  readonly rule: string;
  /** JSON pointer into the input, to the value that is not known. */
  readonly path: string;
  /** As it is written, such as `Ref Subnet`. */
  readonly expression: string;
  /** What would make the value known. */
  readonly decidedBy: string;
}

/** The judgement of an input in which values may be unknown. */
export interface Assessment {
  readonly findings: readonly Finding[];
  readonly unjudged: readonly Unjudged[];
}

/** The values that stand in for unknown ones, in turn: a walk may end at an absent value and go on at a present one. */
const probes: readonly unknown[] = [undefined, "unknown"];

/** The results of one rule at one place over all stand-in values. */
interface Outcome {
  readonly rule: string;
  finding: Finding | undefined;
  readonly touched: Set<Unknown>;
}

/**
 * Judges an input with unknown values. A rule that reads one is unjudged at that place; all others are findings or kept. A
 * reference to a resource of the same template is text of which only the characters are unknown: a rule that such a text
 * keeps is kept, and one that it breaks is unjudged.
 */
export function assess(evaluate: Evaluate, action: string, input: unknown, facts: Facts): Assessment {
  const outcomes = new Map<string, Outcome>();
  const hidden = new Map<Unknown, string>();
  for (const probe of probes)
    readingAs(probe, (touched) => {
      evaluate(action, input, facts, observer(touched));
    });

  const findings: Finding[] = [];
  const unjudged = new Map<string, Unjudged>();
  const add = (rule: string, { path, expression, decidedBy }: Unknown): void => {
    unjudged.set(`${rule} ${path}`, { rule, path, expression, decidedBy });
  };
  for (const { rule, finding, touched } of outcomes.values()) {
    const open = [...touched].filter(({ text }) => text === undefined || finding !== undefined);
    for (const unknown of open) add(rule, unknown);
    if (open.length === 0 && finding !== undefined) findings.push(finding);
  }
  for (const [unknown, rule] of hidden) if (unknown.text === undefined) add(rule, unknown);
  return { findings, unjudged: [...unjudged.values()] };

  function observer(touched: Set<Unknown>): Observer {
    let around: readonly Unknown[] = [];
    return {
      start: () => touched.clear(),
      within(judge) {
        around = [...touched];
        judge();
        around = [];
      },
      judged(rule, place, finding) {
        const key = `${rule} ${place}`;
        const outcome = outcomes.get(key) ?? { rule, finding: undefined, touched: new Set() };
        outcome.finding ??= finding;
        for (const unknown of [...around, ...touched]) outcome.touched.add(unknown);
        touched.clear();
        outcomes.set(key, outcome);
      },
      end(rule) {
        // The walk ended at an unknown value, before any value that the rule judges.
        for (const unknown of touched) if (!hidden.has(unknown)) hidden.set(unknown, rule?.id ?? "posture");
        touched.clear();
      },
    };
  }
}
