import { operationIgnoringCase } from "../api/model.ts";
import { plainName } from "./plain-name.ts";

/** How the properties of a resource type become the members of an API call. */
export interface Mapping {
  readonly action: string;
  /** Properties whose name is not that of the member: a path of names, and the member at the same level. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Properties that no call takes: CloudFormation's own, and those that AWS fills in. */
  readonly left: ReadonlySet<string>;
}

/** Resource type, or its last part, with what differs from the API; `-` before a property leaves it out. */
type Row = readonly [type: string, action: string, ...differences: readonly string[]];

/**
 * The types of CloudFormation, `AWS::SageMaker::…`. A type that has a row `Create…` with the same members stands by its name
 * alone.
 *
 * Source: @aws-cdk/aws-service-spec 0.1 (Apache-2.0), read on 2026-11-29.
 */
const cloudFormation: readonly Row[] = [
  ["AIWorkloadConfig", "CreateAIWorkloadConfig"],
  ["Action", "CreateAction"],
  ["Algorithm", "CreateAlgorithm"],
  ["App", "CreateApp"],
  ["AppImageConfig", "CreateAppImageConfig", "-AppImageConfigArn"],
  ["Artifact", "CreateArtifact"],
  [
    "Cluster",
    "CreateCluster",
    "-InstanceGroups/CurrentCount",
    "-RestrictedInstanceGroups/CurrentCount",
    "-Orchestrator/Slurm/AccountingDatabase",
    "-InstanceGroups/CapacityRequirements/Spot",
    "-InstanceGroups/CapacityRequirements/OnDemand",
  ],
  ["ClusterSchedulerConfig", "CreateClusterSchedulerConfig"],
  ["CodeRepository", "CreateCodeRepository"],
  ["Context", "CreateContext"],
  ["DataQualityJobDefinition", "CreateDataQualityJobDefinition", "-EndpointName"],
  ["Device", "RegisterDevices", "Device=Devices"],
  ["DeviceFleet", "CreateDeviceFleet"],
  ["Domain", "CreateDomain", "-SecurityGroupIdForDomainBoundary"],
  [
    "Endpoint",
    "CreateEndpoint",
    "-RetainAllVariantProperties",
    "-ExcludeRetainedVariantProperties",
    "-RetainDeploymentConfig",
  ],
  ["EndpointConfig", "CreateEndpointConfig"],
  ["Experiment", "CreateExperiment"],
  ["ExperimentTrialComponent", "CreateTrialComponent"],
  ["FeatureGroup", "CreateFeatureGroup"],
  ["Hub", "CreateHub"],
  ["HumanTaskUi", "CreateHumanTaskUi"],
  [
    "Image",
    "CreateImage",
    "ImageDisplayName=DisplayName",
    "ImageRoleArn=RoleArn",
    "ImageDescription=Description",
    "-ImageArn",
  ],
  ["ImageVersion", "CreateImageVersion", "Alias=Aliases", "-ContainerImage", "-ImageArn", "-ImageVersionArn"],
  [
    "InferenceComponent",
    "CreateInferenceComponent",
    "-EndpointArn",
    "-DeploymentConfig",
    "-Specification/Container/DeployedImage",
    "-Specification/CurrentDataCacheConfig",
    "-Specifications/CurrentDataCacheConfig",
    "-RuntimeConfig/DesiredCopyCount",
    "-RuntimeConfig/CurrentCopyCount",
    "-RuntimeConfig/PlacementStatus",
  ],
  ["InferenceExperiment", "CreateInferenceExperiment", "-StatusReason", "-DesiredState"],
  ["MlflowApp", "CreateMlflowApp"],
  ["MlflowTrackingServer", "CreateMlflowTrackingServer"],
  ["Model", "CreateModel"],
  ["ModelBiasJobDefinition", "CreateModelBiasJobDefinition", "-EndpointName"],
  ["ModelCard", "CreateModelCard", "-LastModifiedBy", "-CreatedBy"],
  ["ModelExplainabilityJobDefinition", "CreateModelExplainabilityJobDefinition", "-EndpointName"],
  [
    "ModelPackage",
    "CreateModelPackage",
    "-ApprovalDescription",
    "-ModelPackageVersion",
    "-ModelPackageStatusDetails",
    "-LastModifiedTime",
    "AdditionalInferenceSpecificationsToAdd=AdditionalInferenceSpecifications",
  ],
  ["ModelPackageGroup", "CreateModelPackageGroup", "-ModelPackageGroupPolicy"],
  ["ModelQualityJobDefinition", "CreateModelQualityJobDefinition", "-EndpointName"],
  [
    "MonitoringSchedule",
    "CreateMonitoringSchedule",
    "-EndpointName",
    "-FailureReason",
    "-LastMonitoringExecutionSummary",
    "-MonitoringScheduleStatus",
  ],
  ["NotebookInstance", "CreateNotebookInstance"],
  ["NotebookInstanceLifecycleConfig", "CreateNotebookInstanceLifecycleConfig"],
  ["PartnerApp", "CreatePartnerApp", "-AppVersion"],
  ["Pipeline", "CreatePipeline"],
  ["ProcessingJob", "CreateProcessingJob"],
  [
    "Project",
    "CreateProject",
    "-ServiceCatalogProvisionedProductDetails",
    "TemplateProviderDetails=TemplateProviders",
    "TemplateProviderDetails/CfnTemplateProviderDetail=CfnTemplateProvider",
  ],
  ["Space", "CreateSpace"],
  ["StudioLifecycleConfig", "CreateStudioLifecycleConfig"],
  ["TrialComponent", "CreateTrialComponent"],
  ["UserProfile", "CreateUserProfile"],
  ["Workforce", "CreateWorkforce"],
  [
    "Workteam",
    "CreateWorkteam",
    "MemberDefinitions/OidcMemberDefinition/OidcGroups=Groups",
    "MemberDefinitions/CognitoMemberDefinition/CognitoUserPool=UserPool",
    "MemberDefinitions/CognitoMemberDefinition/CognitoClientId=ClientId",
    "MemberDefinitions/CognitoMemberDefinition/CognitoUserGroup=UserGroup",
  ],
];

/**
 * The resources of the Terraform provider `hashicorp/aws`, `aws_sagemaker_…`. Names are compared without `_`, and a block in
 * the singular is the list in the plural, so few rows differ. `name` is the name of the resource.
 *
 * Source: the provider's internal/service/sagemaker/service_package_gen.go (MPL-2.0; names only), read on 2026-11-29.
 */
const terraform: readonly Row[] = [
  ["algorithm", "CreateAlgorithm"],
  ["app", "CreateApp"],
  [
    "app_image_config",
    "CreateAppImageConfig",
    "jupyter_lab_image_config=JupyterLabAppImageConfig",
    "code_editor_app_image_config=CodeEditorAppImageConfig",
  ],
  ["code_repository", "CreateCodeRepository"],
  ["data_quality_job_definition", "CreateDataQualityJobDefinition", "name=JobDefinitionName"],
  ["device", "RegisterDevices"],
  ["device_fleet", "CreateDeviceFleet"],
  ["domain", "CreateDomain", "-retention_policy", "-security_group_id_for_domain_boundary"],
  ["endpoint", "CreateEndpoint", "name=EndpointName"],
  ["endpoint_configuration", "CreateEndpointConfig", "name=EndpointConfigName", "kms_key_arn=KmsKeyId", "-name_prefix"],
  ["feature_group", "CreateFeatureGroup"],
  ["flow_definition", "CreateFlowDefinition"],
  ["hub", "CreateHub"],
  ["hub_content_reference", "CreateHubContentReference"],
  ["human_task_ui", "CreateHumanTaskUi"],
  [
    "hyper_parameter_tuning_job",
    "CreateHyperParameterTuningJob",
    "name=HyperParameterTuningJobName",
    "config=HyperParameterTuningJobConfig",
  ],
  ["image", "CreateImage"],
  ["image_version", "CreateImageVersion", "-container_image", "-image_arn"],
  ["labeling_job", "CreateLabelingJob"],
  ["mlflow_app", "CreateMlflowApp"],
  ["mlflow_tracking_server", "CreateMlflowTrackingServer"],
  ["model", "CreateModel", "name=ModelName"],
  ["model_card", "CreateModelCard"],
  ["model_card_export_job", "CreateModelCardExportJob"],
  ["model_package_group", "CreateModelPackageGroup"],
  ["model_package_group_policy", "PutModelPackageGroupPolicy"],
  ["monitoring_schedule", "CreateMonitoringSchedule", "name=MonitoringScheduleName"],
  [
    "notebook_instance",
    "CreateNotebookInstance",
    "name=NotebookInstanceName",
    "security_groups=SecurityGroupIds",
    "volume_size=VolumeSizeInGB",
  ],
  [
    "notebook_instance_lifecycle_configuration",
    "CreateNotebookInstanceLifecycleConfig",
    "name=NotebookInstanceLifecycleConfigName",
    "-on_create",
    "-on_start",
  ],
  ["pipeline", "CreatePipeline"],
  ["project", "CreateProject"],
  ["servicecatalog_portfolio_status", "EnableSagemakerServicecatalogPortfolio", "-status"],
  ["space", "CreateSpace"],
  ["studio_lifecycle_config", "CreateStudioLifecycleConfig"],
  ["training_job", "CreateTrainingJob", "-delete_vpc_enis_on_destroy"],
  ["user_profile", "CreateUserProfile"],
  ["workforce", "CreateWorkforce", "-workforce_vpc_config/vpc_endpoint_id"],
  ["workteam", "CreateWorkteam"],
];

const ofCloudFormation = tableOf(cloudFormation);
/** Attributes of every resource of `aws`: tags are a map, and their names are the user's. */
const everywhere = ["-tags", "-tags_all"] as const;

const ofTerraform = tableOf(terraform.map((row) => [...row, ...everywhere]));
/** `awscc` is made from CloudFormation's schemas: the same types and properties, in snake case. */
const ofCloudControl = new Map([...ofCloudFormation].map(([type, mapping]) => [type.toLowerCase(), mapping]));

function tableOf(rows: readonly Row[]): ReadonlyMap<string, Mapping> {
  return new Map(
    rows.map(([type, action, ...differences]) => {
      const renamed: [string, string][] = [];
      const left = new Set<string>();
      for (const difference of differences) {
        const [from = "", to] = difference.split("=");
        if (to === undefined) left.add(plainName(from.slice(1)));
        else renamed.push([plainName(from), to]);
      }
      return [type, { action: operationIgnoringCase(action) ?? action, renamed: Object.fromEntries(renamed), left }];
    }),
  );
}

/** The mapping of a resource type; `"unmapped"` for any other type that names SageMaker, `undefined` for the rest. */
export function mappingOf(type: string): Mapping | "unmapped" | undefined {
  if (type.startsWith("AWS::SageMaker::")) return ofCloudFormation.get(type.slice(16)) ?? "unmapped";
  if (type.startsWith("aws_sagemaker_")) return ofTerraform.get(type.slice(14)) ?? "unmapped";
  if (type.startsWith("awscc_sagemaker_")) return ofCloudControl.get(plainName(type.slice(16))) ?? "unmapped";
  // A custom resource has any name, and is looked at by what it holds.
  return /sagemaker/i.test(type) && !type.startsWith("Custom::") ? "unmapped" : undefined;
}

/** Every mapped type, as its language writes it. */
export const mappedTypes: readonly string[] = [
  ...cloudFormation.map(([type]) => `AWS::SageMaker::${type}`),
  ...terraform.map(([type]) => `aws_sagemaker_${type}`),
];
