/** A group of regions under one DNS suffix. */
export interface Partition {
  readonly id: string;
  readonly region: RegExp;
  readonly suffix: string;
  readonly dualStackSuffix: string;
}

const partition = (id: string, prefix: string, suffix: string, dualStackSuffix: string): Partition => ({
  id,
  region: new RegExp(`^${prefix}-[a-z]+-\\d+$`),
  suffix,
  dualStackSuffix,
});

/**
 * From botocore's `partitions.json` (https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json). The
 * last takes every region named like one, so that a region opened tomorrow works today.
 */
const partitions: readonly Partition[] = [
  partition("aws-cn", "cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
  partition("aws-us-gov", "us-gov", "amazonaws.com", "api.aws"),
  partition("aws-eusc", "eusc-de", "amazonaws.eu", "api.amazonwebservices.eu"),
  partition("aws-iso", "us-iso", "c2s.ic.gov", "api.aws.ic.gov"),
  partition("aws-iso-b", "us-isob", "sc2s.sgov.gov", "api.aws.scloud"),
  partition("aws-iso-e", "eu-isoe", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
  partition("aws-iso-f", "us-isof", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
  partition("aws", "[a-z]{2}", "amazonaws.com", "api.aws"),
];

/** The partition a region belongs to; `undefined` for what is no region. */
export function partitionOf(region: string): Partition | undefined {
  return partitions.find((candidate) => candidate.region.test(region));
}
