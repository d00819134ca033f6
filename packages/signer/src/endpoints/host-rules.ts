import type { EndpointKind } from "./endpoint.ts";

/** The hosts a service has in a region. */
export type HostVariant = "plain" | "fips" | "dual" | "fipsDual" | "vpc";

/** How a service's other hosts differ from its plain one: other labels before the region, another suffix or port. */
export interface HostRule {
  /** FIPS label. Default: the plain one with `-fips` after it. */
  readonly fips?: string;
  /** FIPS label of commercial regions. Default: `fips`. */
  readonly commercialFips?: string;
  /** FIPS label of GovCloud. Default: `fips`. */
  readonly govFips?: string;
  /** Default: the plain one. */
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
 * From the same rule sets as `hostLabels`.
 */
export const hostRules: Readonly<Record<EndpointKind, HostRule>> = {
  __proto__: null as never,
  sagemaker: { commercialFips: "api-fips.sagemaker", govFips: "api-fips.sagemaker" },
  // In GovCloud the plain host is the FIPS host.
  "sagemaker-runtime": { commercialFips: "runtime-fips.sagemaker", govFips: "runtime.sagemaker" },
  "sagemaker-runtime-http2": { fips: "runtime-fips.sagemaker", port: ":8443" },
  "sagemaker-a2i-runtime": {},
  "sagemaker-featurestore-runtime": {},
  "sagemaker-metrics": { commercialFips: "metrics-fips.sagemaker" },
  "sagemaker-edge": {},
  "sagemaker-geospatial": {},
  "sagemaker-job-runtime": { dualOnly: true },
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html
  sts: { govFips: "sts", global: "sts.amazonaws.com" },
  ecr: { dual: "ecr", fipsDual: "ecr-fips" },
  ec2: { govFips: "ec2" },
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
  s3: {
    dual: "s3.dualstack",
    fipsDual: "s3-fips.dualstack",
    oneSuffix: true,
    global: "s3.amazonaws.com",
    vpcPrefix: "bucket.",
    virtualHosts: true,
  },
};
