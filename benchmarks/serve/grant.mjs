/** What each session may do, and for how long it lasts. */
export const allow = [
  { actions: ["sagemaker:InvokeEndpoint"], resources: ["arn:aws:sagemaker:us-east-1:123456789012:endpoint/chat"] },
];
export const durationSeconds = 3600;
