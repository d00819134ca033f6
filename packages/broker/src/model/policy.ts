/** A value that a policy element takes once or as a list. */
export type OneOrMany<T> = T | readonly T[];

/** The keys a condition operator compares: `{ "aws:SourceIp": "10.0.0.0/8" }`. */
export type PolicyConditionKeys = Readonly<Record<string, OneOrMany<string | number | boolean>>>;

/** One statement of a policy. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action?: OneOrMany<string>;
  readonly NotAction?: OneOrMany<string>;
  readonly Resource?: OneOrMany<string>;
  readonly NotResource?: OneOrMany<string>;
  readonly Condition?: Readonly<Record<string, PolicyConditionKeys>>;
}

/**
 * An IAM session policy: it can only narrow what the role may do.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
export interface PolicyDocument {
  readonly Version?: "2012-10-17" | "2008-10-17";
  readonly Id?: string;
  readonly Statement: OneOrMany<PolicyStatement>;
}
