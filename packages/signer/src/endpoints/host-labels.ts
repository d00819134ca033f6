import type { EndpointKind } from "./endpoint.ts";

/**
 * What precedes the region in a service's plain hosts; its last label is the service of the credential scope. From each
 * service's `endpoint-rule-set-1.json` under https://github.com/boto/botocore/tree/develop/botocore/data.
 */
export const hostLabels: Readonly<Record<EndpointKind, string>> = {
  __proto__: null as never,
  // .../sagemaker/2017-07-24; https://docs.aws.amazon.com/sagemaker/latest/dg/interface-vpc-endpoint.html
  sagemaker: "api.sagemaker",
  // .../sagemaker-runtime/2017-05-13
  "sagemaker-runtime": "runtime.sagemaker",
  // https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithBidirectionalStream.html
  "sagemaker-runtime-http2": "runtime.sagemaker",
  // .../sagemaker-a2i-runtime/2019-11-07
  "sagemaker-a2i-runtime": "a2i-runtime.sagemaker",
  // .../sagemaker-featurestore-runtime/2020-07-01; listed with its private DNS name on the VPC endpoint page
  "sagemaker-featurestore-runtime": "featurestore-runtime.sagemaker",
  // .../sagemaker-metrics/2022-09-30
  "sagemaker-metrics": "metrics.sagemaker",
  // .../sagemaker-edge/2020-09-23
  "sagemaker-edge": "edge.sagemaker",
  // .../sagemaker-geospatial/2020-05-27
  "sagemaker-geospatial": "sagemaker-geospatial",
  // .../sagemakerjobruntime/2026-02-01
  "sagemaker-job-runtime": "job-runtime.sagemaker",
  // .../sts/2011-06-15
  sts: "sts",
  // .../ecr/2015-09-21
  ecr: "api.ecr",
  // .../ec2/2016-11-15
  ec2: "ec2",
  // .../s3/2006-03-01
  s3: "s3",
};

/** The service of the credential scope for hosts with this label. */
export function signingNameIn(label: string): string {
  return label.slice(label.lastIndexOf(".") + 1);
}
