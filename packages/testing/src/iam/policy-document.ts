/** A value in a condition; numbers and booleans mean their text. */
export type ConditionValue = string | number | boolean;

/** By operator, then by condition key: the values, one of which must match. */
export type ConditionBlock = Readonly<
  Record<string, Readonly<Record<string, ConditionValue | readonly ConditionValue[]>>>
>;

/** Whom a trust policy means. */
export type PolicyPrincipal =
  | "*"
  | Readonly<Partial<Record<"AWS" | "Federated" | "Service" | "CanonicalUser", string | readonly string[]>>>;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html */
export interface PolicyStatement {
  readonly Sid?: string | undefined;
  readonly Effect: "Allow" | "Deny";
  readonly Action?: string | readonly string[] | undefined;
  readonly NotAction?: string | readonly string[] | undefined;
  readonly Resource?: string | readonly string[] | undefined;
  readonly NotResource?: string | readonly string[] | undefined;
  readonly Principal?: PolicyPrincipal | undefined;
  readonly NotPrincipal?: PolicyPrincipal | undefined;
  readonly Condition?: ConditionBlock | undefined;
}

/** An IAM policy: identity, session, trust or endpoint. */
export interface PolicyDocument {
  readonly Version?: "2012-10-17" | "2008-10-17" | undefined;
  readonly Id?: string | undefined;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

/** What a policy element holds, one or several, as a list. */
export function listOf<Item>(value: Item | readonly Item[] | undefined): readonly Item[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Item[]) : [value as Item];
}
