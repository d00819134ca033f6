/**
 * Members of which a request must give one. The official model marks each as optional, and AWS refuses a request without any:
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MonitoringScheduleConfig.html,
 * API_CreateHyperParameterTuningJob.html, API_HyperParameterTrainingJobDefinition.html, API_CreateTrainingJob.html,
 * API_ResourceConfig.html, API_ProcessingClusterConfig.html, API_CreateInferenceComponent.html and
 * API_CreateFeatureGroup.html.
 */
const alternatives: readonly (readonly string[])[] = [
  ["MonitoringJobDefinition", "MonitoringJobDefinitionName"],
  ["TrainingJobDefinition", "TrainingJobDefinitions"],
  ["ResourceConfig", "HyperParameterTuningResourceConfig"],
  ["ResourceConfig", "ServerlessJobConfig"],
  ["InstanceCount", "InstanceGroups", "InstancePreferences"],
  ["InstanceType", "InstanceGroups", "InstancePreferences"],
  ["InstanceCount", "InstancePreferences"],
  ["InstanceType", "InstancePreferences"],
  ["InstanceCount", "InstanceConfigs"],
  ["InstanceType", "InstanceConfigs"],
  ["Specification", "Specifications"],
  ["OnlineStoreConfig", "OfflineStoreConfig"],
];

/**
 * The other members that a request may give instead of this one; `undefined` for a member that may be left out.
 *
 * @param siblings the members of the structure.
 */
export function alternativesTo(name: string, siblings: Iterable<string>): readonly string[] | undefined {
  const known = new Set(siblings);
  // The longest group is the most exact: a training job's resources have groups, a processing job's have not.
  const [group] = alternatives
    .filter((names) => names.includes(name) && names.every((member) => known.has(member)))
    .toSorted((one, other) => other.length - one.length);
  return group?.filter((member) => member !== name);
}
