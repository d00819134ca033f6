/** Whom and what a VPC endpoint lets through. */
export interface EndpointPolicyOptions {
  /** Which endpoint the policy is attached to. Default: `sagemaker`. */
  readonly service?: "sagemaker" | "sagemaker-runtime" | "s3" | undefined;
  /** Default: every action of the service. */
  readonly actions?: readonly string[] | undefined;
  /** Default: `*`. */
  readonly resources?: readonly string[] | undefined;
  /** Only principals of this organization (`o-…`). */
  readonly organizationId?: string | undefined;
  /** Only principals and resources of these accounts. */
  readonly accounts?: readonly string[] | undefined;
}
