import type { EndpointKind } from "./endpoint.ts";
import type { HostVariant } from "./host-rules.ts";

/** The partitions' regions (https://github.com/boto/botocore/blob/develop/botocore/data/endpoints.json). */
const regions =
  /^(af-south-1|ap-(east-[12]|northeast-[1-3]|south-[12]|southeast-[1-7])|ca-(central|west)-1|cn-north(west)?-1|eu-(central-[12]|isoe-west-1|north-1|south-[12]|west-[1-3])|eusc-de-east-1|il-central-1|me-(central|south)-1|mx-central-1|sa-east-1|us-((east|west)-[12]|(gov|isob?)-(east|west)-1|isof-(east|south)-1))$/;

const all = /./;
const sagemaker = /^(?!us-isob?-west)/;
const runtime = /^(?!us-isob?-west|eu-isoe)/;
const commercial = /^(?!cn|us-gov|us-iso|eu-isoe|eusc)/;
const us = /^us-(east|west|gov)/;
const usAndCanada = /^(us-(east|west|gov)|ca)-/;
const dualStack = /^(?!ap-east-2|ap-southeast-6|us-iso|eu-isoe|eusc)/;

/**
 * The regions for which AWS lists a service's hosts:
 * https://github.com/boto/botocore/blob/develop/botocore/data/endpoints.json, and for VPC endpoints
 * https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html.
 */
const listed: Readonly<Record<string, Readonly<Partial<Record<HostVariant, RegExp>>>>> = {
  __proto__: null as never,
  sagemaker: { plain: sagemaker, fips: usAndCanada, vpc: sagemaker },
  "sagemaker-runtime": { plain: runtime, fips: us, vpc: runtime },
  "sagemaker-featurestore-runtime": { plain: commercial, vpc: commercial },
  "sagemaker-metrics": { plain: sagemaker, fips: /^(us-(east|west)|ca)-/, vpc: commercial },
  "sagemaker-edge": { plain: /^(ap-northeast-1|eu-(central|west)-1|us-east|us-west-2)/ },
  "sagemaker-geospatial": { plain: /^us-west-2/, vpc: /^us-west-2/ },
  sts: { plain: all, fips: us, vpc: all },
  ecr: { plain: all, dual: dualStack, fipsDual: us, vpc: all },
  ec2: {
    plain: all,
    fips: usAndCanada,
    dual: /^(af-south|ap-(east-1|northeast-[12]|south-1|southeast-[12])|ca-central|eu-(central-1|north|south-1|west)|me-south|sa|us-(east|west|gov))/,
    vpc: all,
  },
  s3: {
    plain: all,
    fips: /^(us-(east|west|gov|iso-|isob-east)|ca)/,
    dual: dualStack,
    fipsDual: /^(us-(east|west|iso-|isob-east)|ca)/,
    vpc: all,
  },
};

/** Whether AWS lists this host of a service in a region. */
export function isListed(service: EndpointKind, region: string, variant: HostVariant): boolean {
  return regions.test(region) && listed[service]?.[variant]?.test(region) === true;
}
