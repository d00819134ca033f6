import type { Input } from "../model/validate.ts";
import { table } from "../table.ts";
import { answerAbout, answerWith } from "./answer.ts";
import { update } from "./change.ts";
import { kindOf, notesOf, type Operate } from "./control-plane.ts";
import { findResource } from "./find-resource.ts";
import * as cluster from "./operations/cluster.ts";
import * as edge from "./operations/edge.ts";
import * as feature from "./operations/feature-metadata.ts";
import * as hub from "./operations/hub.ts";
import * as lineage from "./operations/lineage.ts";
import * as modelPackage from "./operations/model-package.ts";
import * as pipeline from "./operations/pipeline.ts";
import { hubContentUrls, presignedUrl, startSession } from "./operations/presigned-url.ts";
import { search, suggestions } from "./operations/search.ts";
import * as trainingPlan from "./operations/training-plan.ts";
import * as version from "./operations/version.ts";
import { itemsMember } from "./list.ts";
import { addTags, deleteTags, listTags } from "./tags.ts";

/** The operations that do more than store, find or list, by name. */
export const handlers: Readonly<Record<string, ((operate: Operate) => Input) | undefined>> = table<
  (operate: Operate) => Input
>({
  AddAssociation: lineage.addAssociation,
  AddTags: addTags,
  AssociateTrialComponent: lineage.associateTrialComponent,
  AttachClusterNodeNetworkInterface: cluster.attachment("attach"),
  AttachClusterNodeVolume: cluster.attachment("attach"),
  BatchAddClusterNodes: cluster.addNodes,
  BatchDeleteClusterNodes: cluster.onNodes("delete"),
  BatchDescribeModelPackage: modelPackage.batchDescribeModelPackage,
  BatchRebootClusterNodes: cluster.onNodes("none"),
  BatchReplaceClusterNodes: cluster.onNodes("none"),
  CreateEdgeDeploymentStage: edge.createStage,
  CreateHubContentPresignedUrls: hubContentUrls,
  CreateHubContentReference: hub.createHubContentReference,
  CreateImageVersion: version.createImageVersion,
  CreateModelPackage: modelPackage.createModelPackage,
  CreatePartnerAppPresignedUrl: presignedUrl("PartnerApp", ({ region }) => `partner-app.${region}.sagemaker.aws`),
  CreatePipeline: pipeline.createPipeline,
  CreatePresignedDomainUrl: presignedUrl(
    "UserProfile",
    ({ members, region }) => `${String(members["DomainId"])}.studio.${region}.sagemaker.aws`,
  ),
  CreatePresignedMlflowAppUrl: presignedUrl("MlflowApp", ({ region }) => `mlflow-app.${region}.sagemaker.aws`),
  CreatePresignedMlflowTrackingServerUrl: presignedUrl(
    "MlflowTrackingServer",
    ({ name, region }) => `${name}.mlflow.${region}.sagemaker.aws`,
  ),
  CreatePresignedNotebookInstanceUrl: presignedUrl(
    "NotebookInstance",
    ({ name, region }) => `${name}.notebook.${region}.sagemaker.aws`,
  ),
  DeleteArtifact: lineage.deleteArtifact,
  DeleteAssociation: lineage.deleteAssociation,
  DeleteEdgeDeploymentStage: edge.deleteStage,
  DeleteHubContent: hub.deleteHubContent,
  DeleteHubContentReference: hub.deleteHubContent,
  DeleteImageVersion: version.deleteImageVersion,
  DeleteModelPackageGroupPolicy: modelPackage.deletePolicy,
  DeleteTags: deleteTags,
  DeregisterDevices: edge.deregisterDevices,
  DescribeClusterEvent: cluster.describeClusterEvent,
  DescribeClusterNode: cluster.describeClusterNode,
  DescribeEdgeDeploymentPlan: edge.describePlan,
  DescribeFeatureMetadata: feature.describeFeature,
  DescribeImageVersion: version.describeImageVersion,
  DescribeModelCard: (operate) =>
    answerAbout(operate, findResource(operate, kindOf(operate.plane, "ModelCard")), {
      CreatedBy: {},
      ModelCardVersion: 1,
    }),
  DescribeTrainingPlanExtensionHistory: trainingPlan.extensionHistory,
  DetachClusterNodeVolume: cluster.attachment("detach"),
  DisableSagemakerServicecatalogPortfolio: (operate) => setPortfolio(operate, "Disabled"),
  DisassociateTrialComponent: lineage.disassociateTrialComponent,
  EnableSagemakerServicecatalogPortfolio: (operate) => setPortfolio(operate, "Enabled"),
  ExtendTrainingPlan: trainingPlan.extend,
  GetDeviceFleetReport: edge.deviceFleetReport,
  GetModelPackageGroupPolicy: modelPackage.getPolicy,
  GetSagemakerServicecatalogPortfolioStatus: (operate) =>
    answerWith(operate, notesOf(operate.plane, "portfolio").get(operate.call.region) ?? { Status: "Disabled" }),
  GetSearchSuggestions: suggestions,
  ImportHubContent: hub.importHubContent,
  ListAliases: version.listAliases,
  ListAssociations: lineage.listAssociations,
  ListCandidatesForAutoMLJob: ofResource("AutoMLJob"),
  ListClusterEvents: cluster.listClusterEvents,
  ListClusterNodes: cluster.listClusterNodes,
  ListHubContentVersions: hub.listHubContents,
  ListHubContents: hub.listHubContents,
  ListInferenceRecommendationsJobSteps: ofResource("InferenceRecommendationsJob"),
  ListLabelingJobsForWorkteam: empty,
  ListModelCardVersions: version.listVersions("ModelCard", "ModelCardVersionSummaryList", { ModelCardVersion: 1 }),
  ListModelMetadata: empty,
  ListMonitoringAlertHistory: empty,
  ListMonitoringAlerts: monitoringAlerts,
  ListMonitoringExecutions: empty,
  ListPipelineExecutionSteps: pipeline.executionSteps,
  ListPipelineParametersForExecution: pipeline.executionParameters,
  ListPipelineVersions: version.listVersions("Pipeline", "PipelineVersionSummaries", { PipelineVersionId: 1 }),
  ListResourceCatalogs: empty,
  ListStageDevices: edge.listStageDevices,
  ListTags: listTags,
  ListTrainingJobsForHyperParameterTuningJob: ofResource("HyperParameterTuningJob"),
  ListTrialComponents: lineage.listTrialComponents,
  ListTrials: lineage.listTrials,
  ListUltraServersByReservedCapacity: ofResource("ReservedCapacity"),
  PutModelPackageGroupPolicy: modelPackage.putPolicy,
  QueryLineage: lineage.queryLineage,
  RegisterDevices: edge.registerDevices,
  RenderUiTemplate: (operate) =>
    answerWith(operate, {
      Errors: [],
      RenderedContent: (operate.input["UiTemplate"] as Input | undefined)?.["Content"] ?? "",
    }),
  RetryPipelineExecution: pipeline.retryExecution,
  Search: search,
  SearchTrainingPlanOfferings: trainingPlan.searchOfferings,
  SendPipelineExecutionStepFailure: pipeline.sendStep,
  SendPipelineExecutionStepSuccess: pipeline.sendStep,
  StartEdgeDeploymentStage: edge.touchStage,
  StartPipelineExecution: pipeline.startExecution,
  StartSession: startSession,
  StopEdgeDeploymentStage: edge.touchStage,
  UpdateDevices: edge.updateDevices,
  UpdateEndpointWeightsAndCapacities: (operate) => update(operate, kindOf(operate.plane, "Endpoint")),
  UpdateFeatureGroup: feature.updateFeatureGroup,
  UpdateFeatureMetadata: feature.updateFeature,
  UpdateHubContent: hub.updateHubContent,
  UpdateHubContentReference: hub.updateHubContent,
  UpdateImageVersion: version.updateImageVersion,
  UpdateInferenceComponentRuntimeConfig: (operate) => update(operate, kindOf(operate.plane, "InferenceComponent")),
  UpdateMonitoringAlert: updateMonitoringAlert,
  UpdatePipeline: pipeline.updatePipeline,
  UpdatePipelineVersion: pipeline.updateVersion,
});

/** A list of things that the local SageMaker never has. */
function empty(operate: Operate): Input {
  return answerWith(operate, { [itemsMember(operate)]: [] });
}

/** Such a list that belongs to a resource, which must exist. */
function ofResource(noun: string): (operate: Operate) => Input {
  return (operate) => {
    findResource(operate, kindOf(operate.plane, noun));
    return empty(operate);
  };
}

function setPortfolio(operate: Operate, Status: "Enabled" | "Disabled"): Input {
  notesOf(operate.plane, "portfolio").set(operate.call.region, { Status });
  return {};
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListMonitoringAlerts.html */
function monitoringAlerts(operate: Operate): Input {
  const { plane } = operate;
  const schedule = findResource(operate, kindOf(plane, "MonitoringSchedule"));
  const alerts = [...notesOf(plane, `alerts ${schedule.arn}`).values()];
  return answerWith(operate, { MonitoringAlertSummaries: alerts });
}

function updateMonitoringAlert(operate: Operate): Input {
  const { plane, input } = operate;
  const schedule = findResource(operate, kindOf(plane, "MonitoringSchedule"));
  const name = String(input["MonitoringAlertName"]);
  notesOf(plane, `alerts ${schedule.arn}`).set(name, {
    ...input,
    AlertStatus: "OK",
    Actions: {},
    CreationTime: schedule.createdAt / 1000,
    LastModifiedTime: operate.call.world.clock.now() / 1000,
  });
  return answerAbout(operate, schedule, { MonitoringAlertName: name });
}
