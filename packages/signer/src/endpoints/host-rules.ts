import type { EndpointKind } from "./endpoint.ts";

/** The hosts a service has in a region. */
export type HostVariant = "plain" | "fips" | "dual" | "fipsDual" | "vpc";

/** How a service names its hosts: the labels before the region, and what differs in its other hosts. */
export interface HostRule {
  /** Its last label is the service of the credential scope. */
  readonly plain: string;
  /** FIPS label. Default: `plain` with `-fips` after it. */
  readonly fips?: string;
  /** FIPS label of commercial regions. Default: `fips`. */
  readonly commercialFips?: string;
  /** FIPS label of GovCloud. Default: `fips`. */
  readonly govFips?: string;
  /** Default: `plain`. */
  readonly dual?: string;
  /** Default: `fips`. */
  readonly fipsDual?: string;
  /** There is no host but the dual-stack one. */
  readonly dualOnly?: true;
  /** Dual-stack hosts stay under the partition's plain suffix. */
  readonly oneSuffix?: true;
  /** With the colon. Default: none, 443. */
  readonly port?: string;
  /** A host without region, signed for us-east-1. */
  readonly global?: string;
  /** Precedes the id of a VPC endpoint. */
  readonly vpcPrefix?: string;
  /** Further labels may precede the host: a bucket. */
  readonly virtualHosts?: true;
}

/**
 * From each service's `endpoint-rule-set-1.json` under
 * https://github.com/boto/botocore/tree/develop/botocore/data. What a page has to know of it is in `parse-signing-scope`.
 * The rules inherit nothing: a `port` of a polluted `Object.prototype` would be the end of every host.
 */
export const hostRules: Readonly<Record<EndpointKind, HostRule>> = Object.freeze({
  __proto__: null as never,
  // .../sagemaker/2017-07-24; https://docs.aws.amazon.com/sagemaker/latest/dg/interface-vpc-endpoint.html
  sagemaker: {
    __proto__: null as never,
    plain: "api.sagemaker",
    commercialFips: "api-fips.sagemaker",
    govFips: "api-fips.sagemaker",
  },
  // .../sagemaker-runtime/2017-05-13; in GovCloud the plain host is the FIPS host
  "sagemaker-runtime": {
    __proto__: null as never,
    plain: "runtime.sagemaker",
    commercialFips: "runtime-fips.sagemaker",
    govFips: "runtime.sagemaker",
  },
  // https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithBidirectionalStream.html
  "sagemaker-runtime-http2": {
    __proto__: null as never,
    plain: "runtime.sagemaker",
    fips: "runtime-fips.sagemaker",
    port: ":8443",
  },
  // .../sagemaker-a2i-runtime/2019-11-07
  "sagemaker-a2i-runtime": { __proto__: null as never, plain: "a2i-runtime.sagemaker" },
  // .../sagemaker-featurestore-runtime/2020-07-01; listed with its private DNS name on the VPC endpoint page
  "sagemaker-featurestore-runtime": { __proto__: null as never, plain: "featurestore-runtime.sagemaker" },
  // .../sagemaker-metrics/2022-09-30
  "sagemaker-metrics": {
    __proto__: null as never,
    plain: "metrics.sagemaker",
    commercialFips: "metrics-fips.sagemaker",
  },
  // .../sagemaker-edge/2020-09-23
  "sagemaker-edge": { __proto__: null as never, plain: "edge.sagemaker" },
  // .../sagemaker-geospatial/2020-05-27
  "sagemaker-geospatial": { __proto__: null as never, plain: "sagemaker-geospatial" },
  // .../sagemakerjobruntime/2026-02-01
  "sagemaker-job-runtime": { __proto__: null as never, plain: "job-runtime.sagemaker", dualOnly: true },
  // .../sts/2011-06-15; https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html
  sts: { __proto__: null as never, plain: "sts", govFips: "sts", global: "sts.amazonaws.com" },
  // .../ecr/2015-09-21
  ecr: { __proto__: null as never, plain: "api.ecr", dual: "ecr", fipsDual: "ecr-fips" },
  // .../ec2/2016-11-15
  ec2: { __proto__: null as never, plain: "ec2", govFips: "ec2" },
  // .../s3/2006-03-01; https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
  s3: {
    __proto__: null as never,
    plain: "s3",
    dual: "s3.dualstack",
    fipsDual: "s3-fips.dualstack",
    oneSuffix: true,
    global: "s3.amazonaws.com",
    vpcPrefix: "bucket.",
    virtualHosts: true,
  },
});
