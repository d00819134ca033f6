/**
 * Patterns that stand for exactly these operations and no other of SageMaker's, which a test holds against the official
 * model. They keep a posture's policy within what AWS takes.
 */
export const abbreviations: Readonly<Record<string, readonly string[]>> = {
  "CreateAutoMLJob*": ["CreateAutoMLJob", "CreateAutoMLJobV2"],
  "Create*JobDefinition": [
    "CreateDataQualityJobDefinition",
    "CreateModelBiasJobDefinition",
    "CreateModelExplainabilityJobDefinition",
    "CreateModelQualityJobDefinition",
  ],
  "*ateCluster": ["CreateCluster", "UpdateCluster"],
  "*ateDomain": ["CreateDomain", "UpdateDomain"],
  "*ateMonitoringSchedule": ["CreateMonitoringSchedule", "UpdateMonitoringSchedule"],
  "*ateNotebookInstance": ["CreateNotebookInstance", "UpdateNotebookInstance"],
  "*ateSpace": ["CreateSpace", "UpdateSpace"],
  "*ateTrainingJob": ["CreateTrainingJob", "UpdateTrainingJob"],
  "*ateUserProfile": ["CreateUserProfile", "UpdateUserProfile"],
};

/** The IAM actions of operations, in as few words as hold. */
export function abbreviate(operations: ReadonlySet<string>): readonly string[] {
  if (operations.has("*")) return ["sagemaker:*"];
  const left = new Set(operations);
  const patterns: string[] = [];
  for (const [pattern, names] of Object.entries(abbreviations)) {
    if (!names.every((name) => left.has(name))) continue;
    patterns.push(pattern);
    for (const name of names) left.delete(name);
  }
  return [...patterns, ...left].map((name) => `sagemaker:${name}`);
}
