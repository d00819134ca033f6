/** What follows the region in a partition's hosts. */
export type Suffixes = readonly [plain: string, dualStack: string];

const commercial: Suffixes = ["amazonaws.com", "api.aws"];

/**
 * By how the names of a partition's regions begin. From botocore's `partitions.json`
 * (https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json).
 */
const suffixes: Readonly<Record<string, Suffixes | undefined>> = {
  __proto__: null as never,
  cn: ["amazonaws.com.cn", "api.amazonwebservices.com.cn"],
  "us-gov": commercial,
  "eusc-de": ["amazonaws.eu", "api.amazonwebservices.eu"],
  "us-iso": ["c2s.ic.gov", "api.aws.ic.gov"],
  "us-isob": ["sc2s.sgov.gov", "api.aws.scloud"],
  "eu-isoe": ["cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"],
  "us-isof": ["csp.hci.ic.gov", "api.aws.hci.ic.gov"],
};

/**
 * The suffixes of a region's hosts; `undefined` for what is no region. Every other one that is named like a commercial
 * region is taken for one, so that a region opened tomorrow works today.
 */
export function suffixesOf(region: string): Suffixes | undefined {
  const area = /^([a-z]+(?:-[a-z]+)?)-[a-z]+-\d+$/.exec(region)?.[1] ?? "";
  return suffixes[area] ?? (area.length === 2 ? commercial : undefined);
}
