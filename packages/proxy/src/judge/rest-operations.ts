import type { EndpointKind } from "@countersign/signer/endpoints";

/** One operation of a service whose operations have paths of their own. */
interface RestOperation {
  readonly endpoint: EndpointKind;
  readonly method: string;
  /** One group, if the path names the resource. */
  readonly path: RegExp;
  /** As IAM names it. */
  readonly action: string;
  /** The resource type of the ARN. */
  readonly resource?: string;
  /** The parameters of the query. Any other one could name another operation. Default: none. */
  readonly query?: readonly string[];
}

/**
 * The operations of SageMaker's data planes, all signed for `sagemaker`.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Runtime.html
 */
export const restOperations: readonly RestOperation[] = [
  runtime("invocations", "InvokeEndpoint"),
  runtime("async-invocations", "InvokeEndpointAsync"),
  runtime("invocations-response-stream", "InvokeEndpointWithResponseStream"),
  {
    ...runtime("invocations-bidirectional-stream", "InvokeEndpointWithBidirectionalStream"),
    endpoint: "sagemaker-runtime-http2",
  },
  feature("PUT", "PutRecord"),
  feature("GET", "GetRecord", ["RecordIdentifierValueAsString", "FeatureName", "ExpirationTimeResponse"]),
  feature("DELETE", "DeleteRecord", ["RecordIdentifierValueAsString", "EventTime", "TargetStores", "DeletionMode"]),
  {
    endpoint: "sagemaker-featurestore-runtime",
    method: "POST",
    path: /^\/BatchGetRecord$/u,
    action: "sagemaker:BatchGetRecord",
  },
  loops("POST", /^\/human-loops$/u, "StartHumanLoop"),
  {
    ...loops("GET", /^\/human-loops$/u, "ListHumanLoops"),
    query: ["CreationTimeAfter", "CreationTimeBefore", "FlowDefinitionArn", "SortOrder", "NextToken", "MaxResults"],
  },
  loops("POST", /^\/human-loops\/stop$/u, "StopHumanLoop"),
  loops("GET", /^\/human-loops\/([^/]+)$/u, "DescribeHumanLoop"),
  loops("DELETE", /^\/human-loops\/([^/]+)$/u, "DeleteHumanLoop"),
  { endpoint: "sagemaker-metrics", method: "PUT", path: /^\/BatchPutMetrics$/u, action: "sagemaker:BatchPutMetrics" },
  { endpoint: "sagemaker-metrics", method: "POST", path: /^\/BatchGetMetrics$/u, action: "sagemaker:BatchGetMetrics" },
  { endpoint: "sagemaker-edge", method: "POST", path: /^\/GetDeployments$/u, action: "sagemaker:GetDeployments" },
  {
    endpoint: "sagemaker-edge",
    method: "POST",
    path: /^\/GetDeviceRegistration$/u,
    action: "sagemaker:GetDeviceRegistration",
  },
  { endpoint: "sagemaker-edge", method: "POST", path: /^\/SendHeartbeat$/u, action: "sagemaker:SendHeartbeat" },
];

function runtime(last: string, operation: string): RestOperation {
  return {
    endpoint: "sagemaker-runtime",
    method: "POST",
    path: new RegExp(`^/endpoints/([A-Za-z0-9-]{1,63})/${last}$`, "u"),
    action: `sagemaker:${operation}`,
    resource: "endpoint",
  };
}

function feature(method: string, operation: string, query: readonly string[] = []): RestOperation {
  return {
    endpoint: "sagemaker-featurestore-runtime",
    method,
    path: /^\/FeatureGroup\/([A-Za-z0-9-]{1,64})$/u,
    action: `sagemaker:${operation}`,
    resource: "feature-group",
    query,
  };
}

function loops(method: string, path: RegExp, operation: string): RestOperation {
  return { endpoint: "sagemaker-a2i-runtime", method, path, action: `sagemaker:${operation}`, resource: "human-loop" };
}
