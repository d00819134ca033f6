import { type EndpointKind, parseEndpoint } from "@countersign/signer/endpoints";

/**
 * Names of the interface endpoint services by kind of host, without the prefix `com.amazonaws.<region>.`. Kinds that AWS
 * documents none for are absent.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/dg/interface-vpc-endpoint.html,
 * https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
 */
const services: Readonly<Partial<Record<EndpointKind, string>>> = Object.assign(
  Object.create(null) as Partial<Record<EndpointKind, string>>,
  {
    sagemaker: "sagemaker.api",
    "sagemaker-runtime": "sagemaker.runtime",
    "sagemaker-runtime-http2": "sagemaker.runtime",
    "sagemaker-featurestore-runtime": "sagemaker.featurestore-runtime",
    "sagemaker-metrics": "sagemaker.metrics",
    "sagemaker-geospatial": "sagemaker-geospatial",
    sts: "sts",
    ecr: "ecr.api",
    ec2: "ec2",
    s3: "s3",
  } satisfies Partial<Record<EndpointKind, string>>,
);

/** What to do about an AWS host that resolves to a public address; nothing for other hosts. */
export function vpcEndpointAdvice(host: string): string | undefined {
  const endpoint = parseEndpoint(host);
  const service = endpoint === undefined ? undefined : services[endpoint.service];
  if (endpoint === undefined || service === undefined) return undefined;
  if (endpoint.vpcEndpoint !== undefined) return "look up this VPC endpoint's name from inside its VPC";
  const fips = endpoint.service === "sagemaker-runtime" && endpoint.fips && endpoint.partition === "aws" ? "-fips" : "";
  const prefix = endpoint.partition === "aws-cn" ? "cn.com.amazonaws" : "com.amazonaws";
  return `create an interface VPC endpoint for ${prefix}.${endpoint.signingRegion}.${service}${fips} with private DNS enabled`;
}
