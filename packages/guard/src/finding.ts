/** How much a finding matters, lowest first. Every finding of a posture blocks; the severity orders the work. */
export type Severity = "low" | "medium" | "high" | "critical";

/** One way in which a request breaks the posture. */
export interface Finding {
  /** Id of the rule, such as `training-vpc`. */
  readonly rule: string;
  readonly severity: Severity;
  /** The API operation, such as `CreateTrainingJob`. */
  readonly action: string;
  /**
   * JSON pointer (RFC 6901) into the input, to the value that breaks the rule. For an absent field it is the field's own
   * pointer; `""` when the fault lies outside the input, as the host's does.
   */
  readonly path: string;
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
  /** The AWS page, then the ids other tools know the fault by: Security Hub, AWS Config, Checkov, Prowler, cdk-nag. */
  readonly references: readonly string[];
}
