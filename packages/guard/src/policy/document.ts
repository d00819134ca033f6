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

/** A policy in AWS's own form, as `JSON.stringify` writes it. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

/** Where a policy and the guard part. */
export interface PolicyGap {
  readonly rule: string;
  readonly actions: readonly string[];
  /**
   * `unheld`: no condition key sees it, only the guard holds it. `looser`: the policy lets some of it pass. `stricter`: the
   * policy also refuses what the guard lets pass.
   */
  readonly kind: "unheld" | "looser" | "stricter";
  readonly reason: string;
}

/**
 * A policy that was made from a posture. Its JSON is the bare document; what no condition key can hold, and its length,
 * stand beside it in properties that are not enumerable.
 */
export interface EmittedPolicy extends PolicyDocument {
  readonly gaps: readonly PolicyGap[];
  /** Characters of the minified JSON. */
  readonly length: number;
  /** The most that AWS takes in this place, in characters. */
  readonly limit: number;
}
