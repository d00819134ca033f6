/** Condition operators, each with its keys and their values. */
export type PolicyCondition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** One statement of a policy. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: PolicyCondition;
}

/** A policy in AWS's own form. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

/** A difference between a policy and the guard. */
export interface PolicyGap {
  readonly rule: string;
  readonly actions: readonly string[];
  /**
   * `unheld`: only the guard enforces the rule, because no condition key shows the value. `looser`: the policy allows some
   * requests that the guard refuses. `stricter`: the policy refuses some requests that the guard allows.
   */
  readonly kind: "unheld" | "looser" | "stricter";
  readonly reason: string;
}

/** A policy made from a posture. JSON writes the bare document: the other properties are not enumerable. */
export interface EmittedPolicy extends PolicyDocument {
  readonly gaps: readonly PolicyGap[];
  /** Characters of the minified JSON. */
  readonly length: number;
  /** The limit of AWS for this kind of policy, in characters. */
  readonly limit: number;
}
