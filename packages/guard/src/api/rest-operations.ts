/** An operation of one of SageMaker's REST services. */
export interface RestOperation {
  readonly name: string;
  readonly method: string;
  /** The path, a `{Name}` for each member of the input that stands in it. */
  readonly path: string;
  /** Names of the input's members. */
  readonly members: readonly string[];
}

/**
 * One operation a line: name, method, path, members of the input.
 *
 * Source: botocore 1.43.67 (Apache-2.0), services sagemaker-a2i-runtime, sagemaker-edge, sagemaker-featurestore-runtime,
 * sagemaker-metrics and sagemaker-runtime; the bidirectional stream from @aws-sdk/client-sagemaker-runtime-http2.
 */
const lines = `
InvokeEndpoint POST /endpoints/{EndpointName}/invocations Accept,Body,ContentType,CustomAttributes,EnableExplanations,EndpointName,InferenceComponentName,InferenceId,SessionId,TargetContainerHostname,TargetModel,TargetVariant
InvokeEndpointAsync POST /endpoints/{EndpointName}/async-invocations Accept,Body,ContentType,CustomAttributes,EndpointName,Filename,InferenceId,InputLocation,InvocationTimeoutSeconds,RequestTTLSeconds,S3OutputPathExtension
InvokeEndpointWithResponseStream POST /endpoints/{EndpointName}/invocations-response-stream Accept,Body,ContentType,CustomAttributes,EndpointName,InferenceComponentName,InferenceId,SessionId,TargetContainerHostname,TargetVariant
InvokeEndpointWithBidirectionalStream POST /endpoints/{EndpointName}/invocations-bidirectional-stream Body,EndpointName,ModelInvocationPath,ModelQueryString,TargetVariant
DeleteHumanLoop DELETE /human-loops/{HumanLoopName} HumanLoopName
DescribeHumanLoop GET /human-loops/{HumanLoopName} HumanLoopName
ListHumanLoops GET /human-loops CreationTimeAfter,CreationTimeBefore,FlowDefinitionArn,MaxResults,NextToken,SortOrder
StartHumanLoop POST /human-loops DataAttributes,FlowDefinitionArn,HumanLoopInput,HumanLoopName
StopHumanLoop POST /human-loops/stop HumanLoopName
GetDeployments POST /GetDeployments DeviceFleetName,DeviceName
GetDeviceRegistration POST /GetDeviceRegistration DeviceFleetName,DeviceName
SendHeartbeat POST /SendHeartbeat AgentMetrics,AgentVersion,DeploymentResult,DeviceFleetName,DeviceName,Models
BatchGetRecord POST /BatchGetRecord ExpirationTimeResponse,Identifiers
BatchWriteRecord POST /BatchWriteRecord Entries,TtlDuration
DeleteRecord DELETE /FeatureGroup/{FeatureGroupName} DeletionMode,EventTime,FeatureGroupName,RecordIdentifierValueAsString,TargetStores
GetRecord GET /FeatureGroup/{FeatureGroupName} ExpirationTimeResponse,FeatureGroupName,FeatureNames,RecordIdentifierValueAsString
ListRecords POST /FeatureGroup/{FeatureGroupName}/ListRecords FeatureGroupName,IncludeSoftDeletedRecords,MaxResults,NextToken
PutRecord PUT /FeatureGroup/{FeatureGroupName} FeatureGroupName,Record,TargetStores,TtlDuration
BatchGetMetrics POST /BatchGetMetrics MetricQueries
BatchPutMetrics PUT /BatchPutMetrics MetricData,TrialComponentName
`;

/** The operations of SageMaker's REST services. */
export const restOperations: readonly RestOperation[] = lines
  .trim()
  .split("\n")
  .map((line) => {
    const [name = "", method = "", path = "", members = ""] = line.split(" ");
    return { name, method, path, members: members.split(",") };
  });
