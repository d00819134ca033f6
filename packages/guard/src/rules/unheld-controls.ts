/** A control of another tool that no rule covers. */
export interface UnheldControl {
  /** As in the references of rules, such as `Security Hub SageMaker.6`. */
  readonly control: string;
  readonly reason: string;
}

const tags = "Tags do not change the network or the encryption.";
const clarify = "These jobs run Clarify, which must reach its shadow endpoint: isolation conflicts with it.";
const state = "It judges an account over time, not a request.";

/**
 * The controls for SageMaker of Security Hub, AWS Config, Checkov, Prowler and cdk-nag that no rule covers. The references of
 * the rules name the other controls.
 *
 * https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html
 * https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html
 */
export const unheldControls: readonly UnheldControl[] = [
  { control: "Security Hub SageMaker.12", reason: clarify },
  { control: "Security Hub SageMaker.20", reason: clarify },
  { control: "AWS Config sagemaker-model-bias-job-isolation", reason: clarify },
  { control: "AWS Config sagemaker-model-explainability-job-network-isolation", reason: clarify },
  { control: "Security Hub SageMaker.6", reason: tags },
  { control: "Security Hub SageMaker.7", reason: tags },
  { control: "AWS Config sagemaker-app-image-config-tagged", reason: tags },
  { control: "AWS Config sagemaker-image-tagged", reason: tags },
  { control: "AWS Config sagemaker-domain-tagged", reason: tags },
  { control: "AWS Config sagemaker-feature-group-tagged", reason: tags },
  {
    control: "AWS Config sagemaker-image-description",
    reason: "A description does not change the network or the encryption.",
  },
  { control: "Checkov CKV2_AWS_68", reason: "It judges an IAM policy; the guard emits policies and judges requests." },
  {
    control: "Prowler sagemaker_full_access_policy_attached",
    reason: "It judges the policies of roles; the guard judges requests and emits policies.",
  },
  {
    control: "Prowler sagemaker_domain_sso_configured",
    reason: "It is about how users sign in to Studio, not about the network.",
  },
  {
    control: "Prowler sagemaker_notebook_instance_no_secrets",
    reason: "It searches lifecycle scripts for secrets, which is the task of a scanner.",
  },
  { control: "Prowler sagemaker_clarify_exists", reason: state },
  { control: "Prowler sagemaker_models_monitor_enabled", reason: state },
  { control: "Prowler sagemaker_models_registry_in_use", reason: state },
];
