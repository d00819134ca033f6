import { member } from "../evaluate/pointer.ts";

/**
 * Type and name field of the resource that an operation makes or changes, the type as ARNs spell it.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html#amazonsagemaker-resources-for-iam-policies
 */
const resources: Readonly<Record<string, readonly [type: string, field: string]>> = Object.assign(
  Object.create(null) as Record<string, readonly [string, string]>,
  {
    CreateAIBenchmarkJob: ["ai-benchmark-job", "AIBenchmarkJobName"],
    CreateAlgorithm: ["algorithm", "AlgorithmName"],
    CreateAutoMLJob: ["automl-job", "AutoMLJobName"],
    CreateAutoMLJobV2: ["automl-job", "AutoMLJobName"],
    CreateCluster: ["cluster", "ClusterName"],
    UpdateCluster: ["cluster", "ClusterName"],
    CreateCompilationJob: ["compilation-job", "CompilationJobName"],
    CreateDataQualityJobDefinition: ["data-quality-job-definition", "JobDefinitionName"],
    CreateDeviceFleet: ["device-fleet", "DeviceFleetName"],
    UpdateDeviceFleet: ["device-fleet", "DeviceFleetName"],
    CreateDomain: ["domain", "DomainName"],
    UpdateDomain: ["domain", "DomainId"],
    CreateEdgePackagingJob: ["edge-packaging-job", "EdgePackagingJobName"],
    CreateEndpointConfig: ["endpoint-config", "EndpointConfigName"],
    CreateFeatureGroup: ["feature-group", "FeatureGroupName"],
    CreateFlowDefinition: ["flow-definition", "FlowDefinitionName"],
    CreateHyperParameterTuningJob: ["hyper-parameter-tuning-job", "HyperParameterTuningJobName"],
    CreateImageVersion: ["image", "ImageName"],
    CreateInferenceComponent: ["inference-component", "InferenceComponentName"],
    UpdateInferenceComponent: ["inference-component", "InferenceComponentName"],
    CreateInferenceExperiment: ["inference-experiment", "Name"],
    UpdateInferenceExperiment: ["inference-experiment", "Name"],
    CreateInferenceRecommendationsJob: ["inference-recommendations-job", "JobName"],
    CreateJob: ["job", "JobName"],
    CreateLabelingJob: ["labeling-job", "LabelingJobName"],
    AttachClusterNodeNetworkInterface: ["cluster", "ClusterName"],
    CreateMlflowApp: ["mlflow-app", "Name"],
    CreateMlflowTrackingServer: ["mlflow-tracking-server", "TrackingServerName"],
    UpdateMlflowTrackingServer: ["mlflow-tracking-server", "TrackingServerName"],
    PutModelPackageGroupPolicy: ["model-package-group", "ModelPackageGroupName"],
    CreateHubContentPresignedUrls: ["hub", "HubName"],
    CreateModel: ["model", "ModelName"],
    CreateModelBiasJobDefinition: ["model-bias-job-definition", "JobDefinitionName"],
    CreateModelCard: ["model-card", "ModelCardName"],
    CreateModelExplainabilityJobDefinition: ["model-explainability-job-definition", "JobDefinitionName"],
    CreateModelPackage: ["model-package", "ModelPackageName"],
    UpdateModelPackage: ["model-package", "ModelPackageArn"],
    CreateModelQualityJobDefinition: ["model-quality-job-definition", "JobDefinitionName"],
    CreateMonitoringSchedule: ["monitoring-schedule", "MonitoringScheduleName"],
    UpdateMonitoringSchedule: ["monitoring-schedule", "MonitoringScheduleName"],
    CreateNotebookInstance: ["notebook-instance", "NotebookInstanceName"],
    UpdateNotebookInstance: ["notebook-instance", "NotebookInstanceName"],
    CreatePresignedNotebookInstanceUrl: ["notebook-instance", "NotebookInstanceName"],
    CreateOptimizationJob: ["optimization-job", "OptimizationJobName"],
    CreatePartnerApp: ["partner-app", "Name"],
    CreatePipeline: ["pipeline", "PipelineName"],
    UpdatePipeline: ["pipeline", "PipelineName"],
    CreateProcessingJob: ["processing-job", "ProcessingJobName"],
    CreateSpace: ["space", "SpaceName"],
    UpdateSpace: ["space", "SpaceName"],
    CreateTrainingJob: ["training-job", "TrainingJobName"],
    UpdateTrainingJob: ["training-job", "TrainingJobName"],
    CreateTransformJob: ["transform-job", "TransformJobName"],
    CreateUserProfile: ["user-profile", "UserProfileName"],
    UpdateUserProfile: ["user-profile", "UserProfileName"],
    CreatePresignedDomainUrl: ["user-profile", "UserProfileName"],
    CreateWorkforce: ["workforce", "WorkforceName"],
    UpdateWorkforce: ["workforce", "WorkforceName"],
    CreateWorkteam: ["workteam", "WorkteamName"],
    UpdateWorkteam: ["workteam", "WorkteamName"],
    InvokeEndpoint: ["endpoint", "EndpointName"],
    InvokeEndpointAsync: ["endpoint", "EndpointName"],
    InvokeEndpointWithResponseStream: ["endpoint", "EndpointName"],
  },
);

/** `type/name` of the resource that a request is about; `""` when it names none. */
export function resourceOf(action: string, input: unknown): string {
  const known = resources[action];
  if (known === undefined) return "";
  const name = member(input, known[1]);
  return typeof name === "string" ? `${known[0]}/${name}` : "";
}
