import { nearestName, type Shape } from "@countersign/signer/options";
import { ecrOperations } from "./ecr/service.ts";
import type { ServiceName } from "./service.ts";
import { stsOperations } from "./sts/service.ts";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** The operations of each service, to check names by. The model of SageMaker is loaded when a request needs it, and not for a name. */
export const operationNames: Readonly<Record<ServiceName, readonly string[]>> = {
  sts: stsOperations,
  sagemaker: words(`
    AddAssociation AddTags AssociateTrialComponent AttachClusterNodeNetworkInterface AttachClusterNodeVolume
    BatchAddClusterNodes BatchDeleteClusterNodes BatchDescribeModelPackage BatchRebootClusterNodes
    BatchReplaceClusterNodes CreateAIBenchmarkJob CreateAIRecommendationJob CreateAIWorkloadConfig CreateAction
    CreateAlgorithm CreateApp CreateAppImageConfig CreateArtifact CreateAutoMLJob CreateAutoMLJobV2 CreateCluster
    CreateClusterSchedulerConfig CreateCodeRepository CreateCompilationJob CreateComputeQuota CreateContext
    CreateDataQualityJobDefinition CreateDeviceFleet CreateDomain CreateEdgeDeploymentPlan CreateEdgeDeploymentStage
    CreateEdgePackagingJob CreateEndpoint CreateEndpointConfig CreateExperiment CreateFeatureGroup
    CreateFlowDefinition CreateHub CreateHubContentPresignedUrls CreateHubContentReference CreateHumanTaskUi
    CreateHyperParameterTuningJob CreateImage CreateImageVersion CreateInferenceComponent CreateInferenceExperiment
    CreateInferenceRecommendationsJob CreateJob CreateLabelingJob CreateMlflowApp CreateMlflowTrackingServer
    CreateModel CreateModelBiasJobDefinition CreateModelCard CreateModelCardExportJob
    CreateModelExplainabilityJobDefinition CreateModelPackage CreateModelPackageGroup
    CreateModelQualityJobDefinition CreateMonitoringSchedule CreateNotebookInstance
    CreateNotebookInstanceLifecycleConfig CreateOptimizationJob CreatePartnerApp CreatePartnerAppPresignedUrl
    CreatePipeline CreatePresignedDomainUrl CreatePresignedMlflowAppUrl CreatePresignedMlflowTrackingServerUrl
    CreatePresignedNotebookInstanceUrl CreateProcessingJob CreateProject CreateSpace CreateStudioLifecycleConfig
    CreateTrainingJob CreateTrainingPlan CreateTransformJob CreateTrial CreateTrialComponent CreateUserProfile
    CreateWorkforce CreateWorkteam DeleteAIBenchmarkJob DeleteAIRecommendationJob DeleteAIWorkloadConfig
    DeleteAction DeleteAlgorithm DeleteApp DeleteAppImageConfig DeleteArtifact DeleteAssociation DeleteCluster
    DeleteClusterSchedulerConfig DeleteCodeRepository DeleteCompilationJob DeleteComputeQuota DeleteContext
    DeleteDataQualityJobDefinition DeleteDeviceFleet DeleteDomain DeleteEdgeDeploymentPlan DeleteEdgeDeploymentStage
    DeleteEndpoint DeleteEndpointConfig DeleteExperiment DeleteFeatureGroup DeleteFlowDefinition DeleteHub
    DeleteHubContent DeleteHubContentReference DeleteHumanTaskUi DeleteHyperParameterTuningJob DeleteImage
    DeleteImageVersion DeleteInferenceComponent DeleteInferenceExperiment DeleteJob DeleteMlflowApp
    DeleteMlflowTrackingServer DeleteModel DeleteModelBiasJobDefinition DeleteModelCard
    DeleteModelExplainabilityJobDefinition DeleteModelPackage DeleteModelPackageGroup DeleteModelPackageGroupPolicy
    DeleteModelQualityJobDefinition DeleteMonitoringSchedule DeleteNotebookInstance
    DeleteNotebookInstanceLifecycleConfig DeleteOptimizationJob DeletePartnerApp DeletePipeline DeleteProcessingJob
    DeleteProject DeleteSpace DeleteStudioLifecycleConfig DeleteTags DeleteTrainingJob DeleteTrial
    DeleteTrialComponent DeleteUserProfile DeleteWorkforce DeleteWorkteam DeregisterDevices DescribeAIBenchmarkJob
    DescribeAIRecommendationJob DescribeAIWorkloadConfig DescribeAction DescribeAlgorithm DescribeApp
    DescribeAppImageConfig DescribeArtifact DescribeAutoMLJob DescribeAutoMLJobV2 DescribeCluster
    DescribeClusterEvent DescribeClusterNode DescribeClusterSchedulerConfig DescribeCodeRepository
    DescribeCompilationJob DescribeComputeQuota DescribeContext DescribeDataQualityJobDefinition DescribeDevice
    DescribeDeviceFleet DescribeDomain DescribeEdgeDeploymentPlan DescribeEdgePackagingJob DescribeEndpoint
    DescribeEndpointConfig DescribeExperiment DescribeFeatureGroup DescribeFeatureMetadata DescribeFlowDefinition
    DescribeHub DescribeHubContent DescribeHumanTaskUi DescribeHyperParameterTuningJob DescribeImage
    DescribeImageVersion DescribeInferenceComponent DescribeInferenceExperiment DescribeInferenceRecommendationsJob
    DescribeJob DescribeJobSchemaVersion DescribeLabelingJob DescribeLineageGroup DescribeMlflowApp
    DescribeMlflowTrackingServer DescribeModel DescribeModelBiasJobDefinition DescribeModelCard
    DescribeModelCardExportJob DescribeModelExplainabilityJobDefinition DescribeModelPackage
    DescribeModelPackageGroup DescribeModelQualityJobDefinition DescribeMonitoringSchedule DescribeNotebookInstance
    DescribeNotebookInstanceLifecycleConfig DescribeOptimizationJob DescribePartnerApp DescribePipeline
    DescribePipelineDefinitionForExecution DescribePipelineExecution DescribeProcessingJob DescribeProject
    DescribeReservedCapacity DescribeSpace DescribeStudioLifecycleConfig DescribeSubscribedWorkteam
    DescribeTrainingJob DescribeTrainingPlan DescribeTrainingPlanExtensionHistory DescribeTransformJob DescribeTrial
    DescribeTrialComponent DescribeUserProfile DescribeWorkforce DescribeWorkteam DetachClusterNodeVolume
    DisableSagemakerServicecatalogPortfolio DisassociateTrialComponent EnableSagemakerServicecatalogPortfolio
    ExtendTrainingPlan GetDeviceFleetReport GetLineageGroupPolicy GetModelPackageGroupPolicy
    GetSagemakerServicecatalogPortfolioStatus GetScalingConfigurationRecommendation GetSearchSuggestions
    ImportHubContent ListAIBenchmarkJobs ListAIRecommendationJobs ListAIWorkloadConfigs ListActions ListAlgorithms
    ListAliases ListAppImageConfigs ListApps ListArtifacts ListAssociations ListAutoMLJobs
    ListCandidatesForAutoMLJob ListClusterEvents ListClusterNodes ListClusterSchedulerConfigs ListClusters
    ListCodeRepositories ListCompilationJobs ListComputeQuotas ListContexts ListDataQualityJobDefinitions
    ListDeviceFleets ListDevices ListDomains ListEdgeDeploymentPlans ListEdgePackagingJobs ListEndpointConfigs
    ListEndpoints ListExperiments ListFeatureGroups ListFlowDefinitions ListHubContentVersions ListHubContents
    ListHubs ListHumanTaskUis ListHyperParameterTuningJobs ListImageVersions ListImages ListInferenceComponents
    ListInferenceExperiments ListInferenceRecommendationsJobSteps ListInferenceRecommendationsJobs
    ListJobSchemaVersions ListJobs ListLabelingJobs ListLabelingJobsForWorkteam ListLineageGroups ListMlflowApps
    ListMlflowTrackingServers ListModelBiasJobDefinitions ListModelCardExportJobs ListModelCardVersions
    ListModelCards ListModelExplainabilityJobDefinitions ListModelMetadata ListModelPackageGroups ListModelPackages
    ListModelQualityJobDefinitions ListModels ListMonitoringAlertHistory ListMonitoringAlerts
    ListMonitoringExecutions ListMonitoringSchedules ListNotebookInstanceLifecycleConfigs ListNotebookInstances
    ListOptimizationJobs ListPartnerApps ListPipelineExecutionSteps ListPipelineExecutions
    ListPipelineParametersForExecution ListPipelineVersions ListPipelines ListProcessingJobs ListProjects
    ListResourceCatalogs ListSpaces ListStageDevices ListStudioLifecycleConfigs ListSubscribedWorkteams ListTags
    ListTrainingJobs ListTrainingJobsForHyperParameterTuningJob ListTrainingPlans ListTransformJobs
    ListTrialComponents ListTrials ListUltraServersByReservedCapacity ListUserProfiles ListWorkforces ListWorkteams
    PutModelPackageGroupPolicy QueryLineage RegisterDevices RenderUiTemplate RetryPipelineExecution Search
    SearchTrainingPlanOfferings SendPipelineExecutionStepFailure SendPipelineExecutionStepSuccess
    StartClusterHealthCheck StartEdgeDeploymentStage StartInferenceExperiment StartMlflowTrackingServer
    StartMonitoringSchedule StartNotebookInstance StartPipelineExecution StartSession StopAIBenchmarkJob
    StopAIRecommendationJob StopAutoMLJob StopCompilationJob StopEdgeDeploymentStage StopEdgePackagingJob
    StopHyperParameterTuningJob StopInferenceExperiment StopInferenceRecommendationsJob StopJob StopLabelingJob
    StopMlflowTrackingServer StopMonitoringSchedule StopNotebookInstance StopOptimizationJob StopPipelineExecution
    StopProcessingJob StopTrainingJob StopTransformJob UpdateAction UpdateAppImageConfig UpdateArtifact
    UpdateCluster UpdateClusterSchedulerConfig UpdateClusterSoftware UpdateCodeRepository UpdateComputeQuota
    UpdateContext UpdateDeviceFleet UpdateDevices UpdateDomain UpdateEndpoint UpdateEndpointWeightsAndCapacities
    UpdateExperiment UpdateFeatureGroup UpdateFeatureMetadata UpdateHub UpdateHubContent UpdateHubContentReference
    UpdateImage UpdateImageVersion UpdateInferenceComponent UpdateInferenceComponentRuntimeConfig
    UpdateInferenceExperiment UpdateMlflowApp UpdateMlflowTrackingServer UpdateModelCard UpdateModelPackage
    UpdateMonitoringAlert UpdateMonitoringSchedule UpdateNotebookInstance UpdateNotebookInstanceLifecycleConfig
    UpdatePartnerApp UpdatePipeline UpdatePipelineExecution UpdatePipelineVersion UpdateProject UpdateSpace
    UpdateTrainingJob UpdateTrial UpdateTrialComponent UpdateUserProfile UpdateWorkforce UpdateWorkteam
  `),
  runtime: ["InvokeEndpoint", "InvokeEndpointAsync", "InvokeEndpointWithResponseStream"],
  "runtime-http2": ["InvokeEndpointWithBidirectionalStream"],
  "featurestore-runtime": words(`
    BatchGetRecord BatchWriteRecord DeleteRecord GetRecord ListRecords PutRecord UpdateRecord
  `),
  metrics: words(`
    BatchGetMetrics BatchPutMetrics
  `),
  edge: words(`
    GetDeployments GetDeviceRegistration SendHeartbeat
  `),
  a2i: words(`
    DeleteHumanLoop DescribeHumanLoop ListHumanLoops StartHumanLoop StopHumanLoop
  `),
  sso: [
    "RegisterClient",
    "StartDeviceAuthorization",
    "CreateToken",
    "GetRoleCredentials",
    "ListAccounts",
    "ListAccountRoles",
    "Logout",
  ],
  rolesanywhere: ["CreateSession"],
  s3: ["GetObject", "HeadObject", "PutObject", "DeleteObject"],
  ecr: ecrOperations,
  ec2: ["DescribeSubnets"],
};

/** An operation of one service, or of any: a name that no request can have would match nothing, for ever. */
export function operationOf(service: unknown): Shape {
  const known =
    typeof service === "string" && Object.hasOwn(operationNames, service)
      ? operationNames[service as ServiceName]
      : Object.values(operationNames).flat();
  return (value, field, refuse) => {
    if (typeof value === "string" && known.includes(value)) return value;
    const nearest = typeof value === "string" ? nearestName(value, known) : undefined;
    const of = typeof service === "string" ? service : "the local AWS";
    const hint = nearest === undefined ? `, such as ${known[0]}` : `; did you mean ${nearest}?`;
    return refuse(`${field}: must be an operation of ${of}${hint}`, field);
  };
}
