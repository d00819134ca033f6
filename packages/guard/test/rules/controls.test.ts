import { describe, expect, it } from "vitest";
import { unheldControls } from "../../src/index.ts";
import { rules } from "../../src/rules/all-rules.ts";

/** Every control for SageMaker that these tools have, by their catalogues of autumn 2026. */
const catalogue: readonly string[] = [
  ...Array.from({ length: 25 }, (_, index) => `Security Hub SageMaker.${index + 1}`),
  ...[
    "notebook-no-direct-internet-access",
    "notebook-instance-inside-vpc",
    "notebook-instance-root-access-check",
    "endpoint-config-prod-instance-count",
    "model-isolation-enabled",
    "app-image-config-tagged",
    "image-tagged",
    "notebook-instance-platform-version",
    "data-quality-job-encrypt-in-transit",
    "model-explainability-job-encrypt-in-transit",
    "data-quality-job-isolation",
    "model-bias-job-isolation",
    "model-quality-job-encrypt-in-transit",
    "monitoring-schedule-isolation",
    "model-bias-job-encrypt-in-transit",
    "model-private-registry-required",
    "featuregroup-encryption-at-rest",
    "featuregroup-online-store-encryption",
    "model-multicontainer-private-registry",
    "model-explainability-job-network-isolation",
    "notebook-instance-storage-vol-kms-encrypted",
    "monitoring-schedule-traffic-encryption",
    "inf-experiment-instance-storage-kms-encrypted",
    "inf-experiment-data-storage-kms-encrypted",
    "model-quality-job-definition-isolation",
    "model-in-vpc",
    "domain-in-vpc",
    "endpoint-configuration-kms-key-configured",
    "notebook-instance-kms-key-configured",
    "domain-tagged",
    "feature-group-tagged",
    "image-description",
  ].map((name) => `AWS Config sagemaker-${name}`),
  ...[22, 98, 122, 187, 306, 307, 367, 368, 369, 370, 371, 372].map((id) => `Checkov CKV_AWS_${id}`),
  "Checkov CKV2_AWS_68",
  ...[
    "models_network_isolation_enabled",
    "models_vpc_settings_configured",
    "notebook_instance_encryption_enabled",
    "notebook_instance_no_secrets",
    "notebook_instance_root_access_disabled",
    "notebook_instance_vpc_settings_configured",
    "notebook_instance_without_direct_internet_access_configured",
    "training_jobs_intercontainer_encryption_enabled",
    "training_jobs_network_isolation_enabled",
    "training_jobs_volume_and_output_encryption_enabled",
    "training_jobs_vpc_settings_configured",
    "endpoint_config_kms_encryption_enabled",
    "endpoint_config_prod_variant_instances",
    "domain_sso_configured",
    "clarify_exists",
    "models_monitor_enabled",
    "models_registry_in_use",
    "domain_encrypted_with_cmk",
    "domain_vpc_only_enabled",
    "endpoint_configuration_kms_key_configured",
    "feature_group_offline_store_encrypted_with_cmk",
    "full_access_policy_attached",
    "notebook_instance_kms_key_configured",
    "notebook_no_direct_internet_access",
    "processing_job_volume_encrypted_with_cmk",
    "transform_job_volume_encrypted_with_cmk",
  ].map((name) => `Prowler sagemaker_${name}`),
  ...["AwsSolutions-SM1", "AwsSolutions-SM2", "AwsSolutions-SM3"].map((id) => `cdk-nag ${id}`),
  ...["HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321"].flatMap((pack) =>
    ["EndpointConfigurationKMSKeyConfigured", "NotebookInstanceKMSKeyConfigured", "NotebookNoDirectInternetAccess"].map(
      (rule) => `cdk-nag ${pack}-SageMaker${rule}`,
    ),
  ),
];

const referenced = new Set(rules.flatMap(({ references }) => references).filter((text) => !text.startsWith("https:")));
const unheld = new Set(unheldControls.map(({ control }) => control));

describe("the controls of other tools", () => {
  it("are each held by a rule or listed with a reason, and not both", () => {
    expect(catalogue.filter((control) => referenced.has(control) === unheld.has(control))).toEqual([]);
  });

  it("are all in a catalogue", () => {
    expect([...referenced, ...unheld].filter((control) => !catalogue.includes(control))).toEqual([]);
  });

  it("have reasons that are sentences", () => {
    for (const { reason } of unheldControls) expect(reason).toMatch(/^[A-Z].*\.$/);
  });
});
