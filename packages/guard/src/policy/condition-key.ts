/**
 * The operations whose requests carry a condition key; a condition on any other operation would always see it absent.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
 */
const operations: Readonly<Record<string, string>> = Object.assign(Object.create(null) as Record<string, string>, {
  "sagemaker:AppNetworkAccessType": "CreateDomain UpdateDomain",
  "sagemaker:DirectInternetAccess": "CreateNotebookInstance",
  "sagemaker:EnableRemoteDebug": "CreateTrainingJob UpdateTrainingJob",
  "sagemaker:FeatureGroupEnableOnlineStore": "CreateFeatureGroup",
  "sagemaker:FeatureGroupOfflineStoreConfig": "CreateFeatureGroup",
  "sagemaker:FeatureGroupOfflineStoreKmsKeyArn": "CreateFeatureGroup",
  "sagemaker:FeatureGroupOnlineStoreKmsKeyArn": "CreateFeatureGroup",
  "sagemaker:InstanceTypes":
    "CreateApp CreateCluster CreateDataQualityJobDefinition CreateDomain CreateEndpointConfig CreateHyperParameterTuningJob CreateModelBiasJobDefinition CreateModelExplainabilityJobDefinition CreateModelQualityJobDefinition CreateMonitoringSchedule CreateNotebookInstance CreateProcessingJob CreateSpace CreateTrainingJob CreateTransformJob CreateUserProfile UpdateCluster UpdateDomain UpdateMonitoringSchedule UpdateNotebookInstance UpdateSpace UpdateTrainingJob UpdateUserProfile",
  "sagemaker:InterContainerTrafficEncryption":
    "CreateAutoMLJob CreateAutoMLJobV2 CreateDataQualityJobDefinition CreateHyperParameterTuningJob CreateModelBiasJobDefinition CreateModelExplainabilityJobDefinition CreateModelQualityJobDefinition CreateMonitoringSchedule CreateProcessingJob CreateTrainingJob UpdateMonitoringSchedule",
  "sagemaker:MinimumInstanceMetadataServiceVersion": "CreateNotebookInstance UpdateNotebookInstance",
  "sagemaker:NetworkIsolation":
    "CreateDataQualityJobDefinition CreateEndpointConfig CreateHyperParameterTuningJob CreateModel CreateModelBiasJobDefinition CreateModelExplainabilityJobDefinition CreateModelQualityJobDefinition CreateMonitoringSchedule CreateProcessingJob CreateTrainingJob UpdateMonitoringSchedule",
  "sagemaker:OutputKmsKeyArn":
    "CreateAutoMLJob CreateAutoMLJobV2 CreateDataQualityJobDefinition CreateHyperParameterTuningJob CreateJob CreateLabelingJob CreateModelBiasJobDefinition CreateModelExplainabilityJobDefinition CreateModelQualityJobDefinition CreateMonitoringSchedule CreateProcessingJob CreateTrainingJob CreateTransformJob UpdateMonitoringSchedule",
  "sagemaker:RemoteAccess": "CreateSpace UpdateSpace",
  "sagemaker:RootAccess": "CreateNotebookInstance UpdateNotebookInstance",
  "sagemaker:ServerlessMaxConcurrency": "CreateEndpointConfig",
  "sagemaker:ServerlessMemorySize": "CreateEndpointConfig",
  "sagemaker:VolumeKmsKeyArn":
    "CreateAutoMLJob CreateAutoMLJobV2 CreateDataQualityJobDefinition CreateDomain CreateEndpointConfig CreateHyperParameterTuningJob CreateLabelingJob CreateModelBiasJobDefinition CreateModelExplainabilityJobDefinition CreateModelQualityJobDefinition CreateMonitoringSchedule CreateNotebookInstance CreateProcessingJob CreateTrainingJob CreateTransformJob UpdateMonitoringSchedule",
  "sagemaker:VpcSecurityGroupIds":
    "CreateAutoMLJob CreateAutoMLJobV2 CreateCluster CreateDataQualityJobDefinition CreateDomain CreateEndpointConfig CreateHyperParameterTuningJob CreateJob CreateModel CreateModelBiasJobDefinition CreateModelExplainabilityJobDefinition CreateModelQualityJobDefinition CreateMonitoringSchedule CreateNotebookInstance CreateProcessingJob CreateTrainingJob CreateUserProfile UpdateCluster UpdateDomain UpdateMonitoringSchedule UpdateUserProfile",
  "sagemaker:VpcSubnets":
    "CreateAutoMLJob CreateAutoMLJobV2 CreateCluster CreateDataQualityJobDefinition CreateDomain CreateEndpointConfig CreateHyperParameterTuningJob CreateJob CreateModel CreateModelBiasJobDefinition CreateModelExplainabilityJobDefinition CreateModelQualityJobDefinition CreateMonitoringSchedule CreateNotebookInstance CreateProcessingJob CreateTrainingJob UpdateCluster UpdateDomain UpdateMonitoringSchedule",
});

const byKey = new Map(Object.entries(operations).map(([key, names]) => [key, new Set(names.split(" "))]));

/** Whether IAM has a condition key for requests of an action. Global keys (`aws:`) exist for every request. */
export function hasConditionKey(action: string, key: string): boolean {
  return key.startsWith("aws:") || byKey.get(key)?.has(action) === true;
}
