import { table } from "../table.ts";
import type { Input } from "../model/validate.ts";

/** What the model does not say about a kind of resource. */
export interface KindFacts {
  /** The resource type in ARNs, where no pattern of the model tells it. */
  readonly type?: string;
  /** The members after the type in its ARN. Default: the name. A missing member leaves its part out. */
  readonly path?: readonly string[];
  /** The member that `Create` names it by, where that is neither `Name` nor the noun and `Name`. */
  readonly name?: string;
  /** Members that SageMaker makes up, by prefix of the value. */
  readonly ids?: Readonly<Record<string, string>>;
  /** Whether two resources may have the same name. */
  readonly sameNames?: true;
  /** The state after creation, and the state after `Stop`. Default: chosen from the states of the model. */
  readonly states?: readonly [initial: string, stopped?: string];
  /** It can be updated and deleted only while no change of it is under way. */
  readonly settled?: true;
  /** Operations that work in the stopped state only. */
  readonly whileStopped?: readonly string[];
  /** Members of answers that hold what another member is called in `Create`. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** The kind that it belongs to, and the member that refers to it. */
  readonly parent?: readonly [noun: string, member: string];
}

const monitoringJob = {
  aliases: { MonitoringJobDefinitionName: "JobDefinitionName", MonitoringJobDefinitionArn: "JobDefinitionArn" },
} satisfies KindFacts;

/** By noun, from the page of each operation: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations.html */
export const kindFacts: Readonly<Record<string, KindFacts | undefined>> = table<KindFacts>({
  Action: { states: ["InProgress"], aliases: { Status: "Status" } },
  App: { path: ["DomainId", "UserProfileName", "SpaceName", "AppType", "AppName"], parent: ["Domain", "DomainId"] },
  Artifact: { path: ["ArtifactId"], ids: { ArtifactId: "" }, name: "ArtifactName", sameNames: true },
  AutoMLJob: { states: ["InProgress", "Stopped"] },
  Cluster: { path: ["ClusterId"], ids: { ClusterId: "" } },
  ClusterSchedulerConfig: {
    path: ["ClusterSchedulerConfigId"],
    ids: { ClusterSchedulerConfigId: "" },
    parent: ["Cluster", "ClusterArn"],
  },
  ComputeQuota: { path: ["ComputeQuotaId"], ids: { ComputeQuotaId: "" }, parent: ["Cluster", "ClusterArn"] },
  DataQualityJobDefinition: { type: "data-quality-job-definition", ...monitoringJob },
  Device: { path: ["DeviceFleetName", "DeviceName"], parent: ["DeviceFleet", "DeviceFleetName"] },
  Domain: { path: ["DomainId"], ids: { DomainId: "d-" }, sameNames: true },
  EdgePackagingJob: { parent: ["CompilationJob", "CompilationJobName"] },
  Endpoint: { settled: true, parent: ["EndpointConfig", "EndpointConfigName"] },
  HubContent: {
    path: ["HubName", "HubContentType", "HubContentName", "HubContentVersion"],
    parent: ["Hub", "HubName"],
  },
  ImageVersion: { path: ["ImageName", "Version"], parent: ["Image", "ImageName"] },
  InferenceComponent: { parent: ["Endpoint", "EndpointName"] },
  InferenceExperiment: { states: ["Running", "Completed"] },
  InferenceRecommendationsJob: { states: ["IN_PROGRESS", "STOPPED"] },
  Job: { path: ["JobCategory", "JobName"] },
  LabelingJob: { states: ["InProgress", "Stopped"] },
  MlflowApp: { path: ["AppId"], ids: { AppId: "app-" } },
  MlflowTrackingServer: { states: ["Created", "Stopped"] },
  ModelBiasJobDefinition: { type: "model-bias-job-definition", ...monitoringJob },
  ModelCardExportJob: { parent: ["ModelCard", "ModelCardName"] },
  ModelExplainabilityJobDefinition: { type: "model-explainability-job-definition", ...monitoringJob },
  ModelPackage: { path: ["ModelPackageName", "ModelPackageGroupName", "ModelPackageVersion"] },
  ModelQualityJobDefinition: { type: "model-quality-job-definition", ...monitoringJob },
  NotebookInstance: {
    whileStopped: ["Update", "Delete", "Start"],
    aliases: { SecurityGroups: "SecurityGroupIds", NotebookInstanceLifecycleConfigName: "LifecycleConfigName" },
  },
  PartnerApp: { path: ["AppId"], ids: { AppId: "app-" } },
  PipelineExecution: { states: ["Executing", "Stopped"], parent: ["Pipeline", "PipelineName"] },
  Project: { ids: { ProjectId: "p-" } },
  Space: { path: ["DomainId", "SpaceName"], parent: ["Domain", "DomainId"] },
  TransformJob: { parent: ["Model", "ModelName"] },
  Trial: { parent: ["Experiment", "ExperimentName"] },
  UserProfile: { path: ["DomainId", "UserProfileName"], parent: ["Domain", "DomainId"] },
});

/** The ARN path of the few kinds whose path has fixed words between its members. */
export const pathOf: Readonly<Record<string, ((members: Input) => string) | undefined>> = table<
  (members: Input) => string
>({
  ModelCardExportJob: (members) =>
    `${text(members["ModelCardName"])}/export-job/${text(members["ModelCardExportJobName"])}`,
  PipelineExecution: (members) => `${text(members["PipelineName"])}/execution/${text(members["PipelineExecutionId"])}`,
});

function text(value: unknown): string {
  return typeof value === "string" ? (value.split("/").at(-1) ?? value) : "*";
}
