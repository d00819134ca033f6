import type { Finding } from "../finding.ts";
import type { Rule } from "../rules/rule.ts";

/** Observes each judgement of a rule. */
export interface Observer {
  /** Called before the walk to the values that a rule judges, or to a workload. */
  start(): void;
  /** Judges a workload that the walk reached: values read on the way count for each judgement in it. */
  within(judge: () => void): void;
  /** A rule judged the value at a place; `finding` is set when the value breaks it. */
  judged(rule: string, place: string, finding: Finding | undefined): void;
  /** After the walk. */
  end(rule: Rule | undefined): void;
}
