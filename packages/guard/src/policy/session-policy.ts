/** What the temporary credentials are for. */
export interface SessionPolicyOptions {
  /** IAM actions such as `sagemaker:CreateTrainingJob`; `*` and `?` as in IAM. */
  readonly actions: readonly string[];
  /** ARNs, `*` and `?` as in IAM. */
  readonly resources: readonly string[];
}
