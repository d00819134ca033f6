import { table } from "../table.ts";

/** The verbs that SageMaker's operations begin with. */
export type Verb = "Create" | "Describe" | "List" | "Update" | "Delete" | "Stop" | "Start";

/** What the local SageMaker knows of one kind of resource; everything else of its operations follows. */
export interface ResourceKind {
  /** In ARNs: `arn:…:TYPE/…`. */
  readonly type: string;
  readonly verbs: readonly Verb[];
  /** The member that names it when it is created. */
  readonly name: string;
  /** The members by which other operations find it, where that is not its name. */
  readonly key?: readonly string[];
  /** The member that holds its ARN. Default: the noun and `Arn`. */
  readonly arn?: string;
  /** Members that `Create` cannot do without, beside the name. */
  readonly required: readonly string[];
  /** Longest name. Default 63. */
  readonly maxName?: number;
  /** The member that holds its state, the state it begins in, and the one it is in when stopped. */
  readonly status?: readonly [member: string, initial: string, stopped?: string];
  /** What works only while it is stopped. */
  readonly whileStopped?: readonly Verb[];
  /** The member of `List`'s answer that holds the entries. */
  readonly items?: string;
  /** What an entry tells beside name, ARN, state and times. */
  readonly summary?: readonly string[];
  /** Members that `Describe` and `List` call otherwise than `Create`. */
  readonly renamed?: Readonly<Record<string, string>>;
  readonly listRenamed?: Readonly<Record<string, string>>;
  /** `Describe` and `Update` answer with the resource inside a member of this name. */
  readonly wrapped?: string;
  /** The error for a name that is taken. Default `ResourceInUse`. */
  readonly conflict?: "ValidationException" | "ConflictException";
  /** The error for a name that is not there. Default `ResourceNotFound`. */
  readonly missing?: "ValidationException";
}

const job = ["Create", "Describe", "List", "Stop"] as const;
const thing = ["Create", "Describe", "List", "Delete"] as const;
const changing = [...thing, "Update"] as const;

function jobDefinition(type: string, kind: string): ResourceKind {
  return {
    type,
    verbs: thing,
    name: "JobDefinitionName",
    arn: "JobDefinitionArn",
    required: [`${kind}AppSpecification`, `${kind}JobInput`, `${kind}JobOutputConfig`, "JobResources", "RoleArn"],
    items: "JobDefinitionSummaries",
    listRenamed: { JobDefinitionName: "MonitoringJobDefinitionName", JobDefinitionArn: "MonitoringJobDefinitionArn" },
  };
}

/**
 * By noun, as in `CreateNOUN`: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations.html for the
 * members, and the state machines on the page of each `Describe` operation.
 */
export const resourceKinds: Readonly<Record<string, ResourceKind | undefined>> = table<ResourceKind>({
  AIBenchmarkJob: {
    type: "ai-benchmark-job",
    verbs: [...job, "Delete"],
    name: "AIBenchmarkJobName",
    required: ["BenchmarkTarget", "OutputConfig", "AIWorkloadConfigIdentifier", "RoleArn"],
    status: ["AIBenchmarkJobStatus", "InProgress", "Stopped"],
    items: "AIBenchmarkJobs",
  },
  Algorithm: {
    type: "algorithm",
    verbs: thing,
    name: "AlgorithmName",
    required: ["TrainingSpecification"],
    status: ["AlgorithmStatus", "Completed"],
    items: "AlgorithmSummaryList",
    summary: ["AlgorithmDescription"],
    conflict: "ValidationException",
    missing: "ValidationException",
  },
  AutoMLJob: {
    type: "automl-job",
    verbs: job,
    name: "AutoMLJobName",
    required: ["InputDataConfig", "OutputDataConfig", "RoleArn"],
    maxName: 32,
    status: ["AutoMLJobStatus", "InProgress", "Stopped"],
    items: "AutoMLJobSummaries",
  },
  AutoMLJobV2: {
    type: "automl-job",
    verbs: ["Create", "Describe"],
    name: "AutoMLJobName",
    arn: "AutoMLJobArn",
    required: ["AutoMLJobInputDataConfig", "OutputDataConfig", "AutoMLProblemTypeConfig", "RoleArn"],
    maxName: 32,
    status: ["AutoMLJobStatus", "InProgress", "Stopped"],
  },
  Cluster: {
    type: "cluster",
    verbs: changing,
    name: "ClusterName",
    required: [],
    status: ["ClusterStatus", "InService"],
    items: "ClusterSummaries",
  },
  CompilationJob: {
    type: "compilation-job",
    verbs: [...job, "Delete"],
    name: "CompilationJobName",
    required: ["RoleArn", "OutputConfig", "StoppingCondition"],
    status: ["CompilationJobStatus", "INPROGRESS", "STOPPED"],
    items: "CompilationJobSummaries",
  },
  DataQualityJobDefinition: jobDefinition("data-quality-job-definition", "DataQuality"),
  DeviceFleet: {
    type: "device-fleet",
    verbs: changing,
    name: "DeviceFleetName",
    required: ["OutputConfig"],
    items: "DeviceFleetSummaries",
  },
  Domain: {
    type: "domain",
    verbs: changing,
    name: "DomainName",
    key: ["DomainId"],
    required: ["AuthMode", "DefaultUserSettings"],
    status: ["Status", "InService"],
    items: "Domains",
    summary: ["DomainId", "Url"],
  },
  EdgePackagingJob: {
    type: "edge-packaging-job",
    verbs: job,
    name: "EdgePackagingJobName",
    required: ["CompilationJobName", "ModelName", "ModelVersion", "RoleArn", "OutputConfig"],
    status: ["EdgePackagingJobStatus", "INPROGRESS", "STOPPED"],
    items: "EdgePackagingJobSummaries",
    summary: ["CompilationJobName", "ModelName", "ModelVersion"],
    conflict: "ValidationException",
  },
  Endpoint: {
    type: "endpoint",
    verbs: changing,
    name: "EndpointName",
    required: ["EndpointConfigName"],
    status: ["EndpointStatus", "InService"],
    items: "Endpoints",
    conflict: "ValidationException",
    missing: "ValidationException",
  },
  EndpointConfig: {
    type: "endpoint-config",
    verbs: thing,
    name: "EndpointConfigName",
    required: ["ProductionVariants"],
    items: "EndpointConfigs",
    conflict: "ValidationException",
    missing: "ValidationException",
  },
  FeatureGroup: {
    type: "feature-group",
    verbs: changing,
    name: "FeatureGroupName",
    required: ["RecordIdentifierFeatureName", "EventTimeFeatureName", "FeatureDefinitions"],
    maxName: 64,
    status: ["FeatureGroupStatus", "Created"],
    items: "FeatureGroupSummaries",
  },
  FlowDefinition: {
    type: "flow-definition",
    verbs: thing,
    name: "FlowDefinitionName",
    required: ["OutputConfig", "RoleArn"],
    status: ["FlowDefinitionStatus", "Active"],
    items: "FlowDefinitionSummaries",
  },
  HyperParameterTuningJob: {
    type: "hyper-parameter-tuning-job",
    verbs: [...job, "Delete"],
    name: "HyperParameterTuningJobName",
    required: ["HyperParameterTuningJobConfig"],
    maxName: 32,
    status: ["HyperParameterTuningJobStatus", "InProgress", "Stopped"],
    items: "HyperParameterTuningJobSummaries",
  },
  InferenceExperiment: {
    type: "inference-experiment",
    verbs: [...changing, "Stop", "Start"],
    name: "Name",
    required: ["Type", "RoleArn", "EndpointName", "ModelVariants", "ShadowModeConfig"],
    status: ["Status", "Running", "Completed"],
    items: "InferenceExperiments",
    summary: ["Type", "Schedule", "Description", "RoleArn"],
    renamed: { InferenceExperimentArn: "Arn" },
  },
  InferenceRecommendationsJob: {
    type: "inference-recommendations-job",
    verbs: job,
    name: "JobName",
    arn: "JobArn",
    required: ["JobType", "RoleArn", "InputConfig"],
    status: ["Status", "IN_PROGRESS", "STOPPED"],
    items: "InferenceRecommendationsJobs",
    summary: ["JobDescription", "JobType", "RoleArn"],
  },
  Job: {
    type: "job",
    verbs: [...job, "Delete"],
    name: "JobName",
    key: ["JobCategory", "JobName"],
    required: ["RoleArn", "JobCategory", "JobConfigSchemaVersion", "JobConfigDocument"],
    status: ["JobStatus", "InProgress", "Stopped"],
    items: "JobSummaries",
    summary: ["JobCategory"],
  },
  LabelingJob: {
    type: "labeling-job",
    verbs: job,
    name: "LabelingJobName",
    required: ["LabelAttributeName", "InputConfig", "OutputConfig", "RoleArn", "HumanTaskConfig"],
    status: ["LabelingJobStatus", "InProgress", "Stopped"],
    items: "LabelingJobSummaryList",
    summary: ["InputConfig"],
  },
  MlflowApp: {
    type: "mlflow-app",
    verbs: changing,
    name: "Name",
    key: ["Arn"],
    arn: "Arn",
    required: ["ArtifactStoreUri", "RoleArn"],
    status: ["Status", "Created"],
    items: "Summaries",
    conflict: "ConflictException",
  },
  Model: {
    type: "model",
    verbs: thing,
    name: "ModelName",
    required: [],
    items: "Models",
    conflict: "ValidationException",
    missing: "ValidationException",
  },
  ModelBiasJobDefinition: jobDefinition("model-bias-job-definition", "ModelBias"),
  ModelCard: {
    type: "model-card",
    verbs: changing,
    name: "ModelCardName",
    required: ["Content", "ModelCardStatus"],
    items: "ModelCardSummaries",
    summary: ["ModelCardStatus"],
    conflict: "ConflictException",
  },
  ModelExplainabilityJobDefinition: jobDefinition("model-explainability-job-definition", "ModelExplainability"),
  ModelPackage: {
    type: "model-package",
    verbs: changing,
    name: "ModelPackageName",
    required: [],
    status: ["ModelPackageStatus", "Completed"],
    items: "ModelPackageSummaryList",
    summary: ["ModelPackageGroupName", "ModelPackageVersion", "ModelPackageDescription", "ModelApprovalStatus"],
    conflict: "ConflictException",
    missing: "ValidationException",
  },
  ModelQualityJobDefinition: jobDefinition("model-quality-job-definition", "ModelQuality"),
  MonitoringSchedule: {
    type: "monitoring-schedule",
    verbs: [...changing, "Stop", "Start"],
    name: "MonitoringScheduleName",
    required: ["MonitoringScheduleConfig"],
    status: ["MonitoringScheduleStatus", "Scheduled", "Stopped"],
    items: "MonitoringScheduleSummaries",
  },
  NotebookInstance: {
    type: "notebook-instance",
    verbs: [...changing, "Stop", "Start"],
    name: "NotebookInstanceName",
    required: ["InstanceType", "RoleArn"],
    status: ["NotebookInstanceStatus", "InService", "Stopped"],
    whileStopped: ["Update", "Delete", "Start"],
    items: "NotebookInstances",
    summary: ["InstanceType", "Url", "DefaultCodeRepository", "AdditionalCodeRepositories"],
    renamed: { SecurityGroupIds: "SecurityGroups", LifecycleConfigName: "NotebookInstanceLifecycleConfigName" },
    conflict: "ValidationException",
    missing: "ValidationException",
  },
  OptimizationJob: {
    type: "optimization-job",
    verbs: [...job, "Delete"],
    name: "OptimizationJobName",
    required: [
      "RoleArn",
      "ModelSource",
      "DeploymentInstanceType",
      "OptimizationConfigs",
      "OutputConfig",
      "StoppingCondition",
    ],
    status: ["OptimizationJobStatus", "INPROGRESS", "STOPPED"],
    items: "OptimizationJobSummaries",
    summary: ["DeploymentInstanceType"],
  },
  PartnerApp: {
    type: "partner-app",
    verbs: changing,
    name: "Name",
    key: ["Arn"],
    arn: "Arn",
    required: ["Type", "ExecutionRoleArn", "Tier", "AuthType"],
    status: ["Status", "Available"],
    items: "Summaries",
    summary: ["Type"],
    conflict: "ConflictException",
  },
  ProcessingJob: {
    type: "processing-job",
    verbs: [...job, "Delete"],
    name: "ProcessingJobName",
    required: ["ProcessingResources", "AppSpecification", "RoleArn"],
    status: ["ProcessingJobStatus", "InProgress", "Stopped"],
    items: "ProcessingJobSummaries",
    missing: "ValidationException",
  },
  TrainingJob: {
    type: "training-job",
    verbs: [...job, "Delete", "Update"],
    name: "TrainingJobName",
    required: ["RoleArn", "OutputDataConfig"],
    status: ["TrainingJobStatus", "InProgress", "Stopped"],
    items: "TrainingJobSummaries",
    missing: "ValidationException",
  },
  TransformJob: {
    type: "transform-job",
    verbs: job,
    name: "TransformJobName",
    required: ["ModelName", "TransformInput", "TransformOutput", "TransformResources"],
    status: ["TransformJobStatus", "InProgress", "Stopped"],
    items: "TransformJobSummaries",
    missing: "ValidationException",
  },
  UserProfile: {
    type: "user-profile",
    verbs: changing,
    name: "UserProfileName",
    key: ["DomainId", "UserProfileName"],
    required: ["DomainId"],
    status: ["Status", "InService"],
    items: "UserProfiles",
    summary: ["DomainId"],
  },
  Workforce: {
    type: "workforce",
    verbs: changing,
    name: "WorkforceName",
    required: [],
    status: ["Status", "Active"],
    items: "Workforces",
    summary: ["SourceIpConfig", "CognitoConfig", "OidcConfig", "WorkforceVpcConfig"],
    wrapped: "Workforce",
    missing: "ValidationException",
  },
  Workteam: {
    type: "workteam",
    verbs: changing,
    name: "WorkteamName",
    required: ["MemberDefinitions", "Description"],
    items: "Workteams",
    summary: ["MemberDefinitions", "Description", "NotificationConfiguration"],
    wrapped: "Workteam",
    missing: "ValidationException",
  },
});
