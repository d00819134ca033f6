import { describe, expect, it } from "vitest";
import { createGuard } from "../../src/index.ts";
import { judgeTemplate, mappedTypes, readTemplate } from "../../src/iac/index.ts";
import { mappingOf } from "../../src/iac/mapping.ts";

const listOf = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Every type of SageMaker in @aws-cdk/aws-service-spec 0.1.216 (Apache-2.0), read on 2026-11-29. */
const formation = listOf(`
  AIWorkloadConfig Action Algorithm App AppImageConfig Artifact Cluster ClusterSchedulerConfig
  CodeRepository Context DataQualityJobDefinition Device DeviceFleet Domain Endpoint EndpointConfig
  Experiment ExperimentTrialComponent FeatureGroup Hub HumanTaskUi Image ImageVersion
  InferenceComponent InferenceExperiment MlflowApp MlflowTrackingServer Model ModelBiasJobDefinition
  ModelCard ModelExplainabilityJobDefinition ModelPackage ModelPackageGroup ModelQualityJobDefinition
  MonitoringSchedule NotebookInstance NotebookInstanceLifecycleConfig PartnerApp Pipeline
  ProcessingJob Project Space StudioLifecycleConfig TrialComponent UserProfile Workforce Workteam
`);

/**
 * Every resource of SageMaker of the provider hashicorp/aws, read on 2026-11-29 (names only):
 * https://github.com/hashicorp/terraform-provider-aws/blob/000cd09abd66f1a2a2e8e07fe0f8a2545fe14b78/internal/service/sagemaker/service_package_gen.go
 */
const terraform = listOf(`
  algorithm app app_image_config code_repository data_quality_job_definition device device_fleet
  domain endpoint endpoint_configuration feature_group flow_definition hub hub_content_reference
  human_task_ui hyper_parameter_tuning_job image image_version labeling_job mlflow_app
  mlflow_tracking_server model model_card model_card_export_job model_package_group
  model_package_group_policy monitoring_schedule notebook_instance
  notebook_instance_lifecycle_configuration pipeline project servicecatalog_portfolio_status space
  studio_lifecycle_config training_job user_profile workforce workteam
`);

const snake = (name: string): string => name.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase();
const guard = createGuard({ posture: "baseline" });

describe("the resource types of SageMaker", () => {
  it("of CloudFormation, of aws and of awscc are mapped", () => {
    const types = [
      ...formation.map((name) => `AWS::SageMaker::${name}`),
      ...formation.map((name) => `awscc_sagemaker_${snake(name)}`),
      ...terraform.map((name) => `aws_sagemaker_${name}`),
    ];
    expect(types.filter((type) => typeof mappingOf(type) !== "object")).toEqual([]);
  });

  it("in the mapping are all in one of the lists, or newer types of CloudFormation", () => {
    const known = new Set([
      ...formation.map((name) => `AWS::SageMaker::${name}`),
      ...terraform.map((name) => `aws_sagemaker_${name}`),
    ]);
    expect(mappedTypes.filter((type) => !known.has(type) && !type.startsWith("AWS::"))).toEqual([]);
  });

  it("without a mapping are unjudged, in each language", () => {
    const resource = { address: "r", mode: "managed", name: "r", values: {} };
    const plan = (type: string) => ({
      format_version: "1.2",
      planned_values: { root_module: { resources: [{ ...resource, type }] } },
    });
    for (const file of [
      { Resources: { R: { Type: "AWS::SageMaker::Quantum" } } },
      plan("aws_sagemaker_quantum"),
      plan("awscc_sagemaker_quantum"),
    ])
      expect(judgeTemplate(guard, readTemplate(JSON.stringify(file))).map(({ verdict }) => verdict)).toEqual([
        "unjudged",
      ]);
  });
});
