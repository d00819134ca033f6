/**
 * Patterns that match exactly these operations of SageMaker; a test compares them with the official model. They keep the
 * policy of a posture within the limits of AWS.
 */
export const abbreviations: Readonly<Record<string, readonly string[]>> = {
  "CreateAutoMLJob*": ["CreateAutoMLJob", "CreateAutoMLJobV2"],
  "Create*JobDefinition": [
    "CreateDataQualityJobDefinition",
    "CreateModelBiasJobDefinition",
    "CreateModelExplainabilityJobDefinition",
    "CreateModelQualityJobDefinition",
  ],
  "Create*QualityJobDefinition": ["CreateDataQualityJobDefinition", "CreateModelQualityJobDefinition"],
  "*ateCluster": ["CreateCluster", "UpdateCluster"],
  "*ateDomain": ["CreateDomain", "UpdateDomain"],
  "*ateMonitoringSchedule": ["CreateMonitoringSchedule", "UpdateMonitoringSchedule"],
  "*ateNotebookInstance": ["CreateNotebookInstance", "UpdateNotebookInstance"],
  "*ateSpace": ["CreateSpace", "UpdateSpace"],
  "*ateTrainingJob": ["CreateTrainingJob", "UpdateTrainingJob"],
  "*ateUserProfile": ["CreateUserProfile", "UpdateUserProfile"],
};

/** The actions of every service that the guard reads as SageMaker. */
const everyAction: readonly string[] = ["sagemaker:*", "sagemaker-geospatial:*"];

/** The IAM actions of operations, as short as possible. */
export function abbreviate(operations: ReadonlySet<string>): readonly string[] {
  if (operations.has("*")) return everyAction;
  const left = new Set(operations);
  const patterns: string[] = [];
  for (const [pattern, names] of Object.entries(abbreviations)) {
    if (!names.every((name) => left.has(name))) continue;
    patterns.push(pattern);
    for (const name of names) left.delete(name);
  }
  return [...patterns, ...left].map((name) => `sagemaker:${name}`);
}
