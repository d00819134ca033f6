/** How much a finding matters, lowest first. Every finding blocks; the severity orders the work. */
export type Severity = "low" | "medium" | "high" | "critical";

/** One way in which a request breaks the posture. */
export interface Finding {
  /** Id of the rule, such as `training-vpc`. */
  readonly rule: string;
  readonly severity: Severity;
  /** The API operation, such as `CreateTrainingJob`. */
  readonly action: string;
  /**
   * JSON pointer (RFC 6901) into the input, to the value that breaks the rule. An absent field has a pointer too; `""` when the fault is outside the input, such as the host.
   */
  readonly path: string;
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
  /** The AWS page, then the ids of the same control in Security Hub, AWS Config, Checkov, Prowler and cdk-nag. */
  readonly references: readonly string[];
}
