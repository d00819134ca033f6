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
 * The suffixes of the regions whose names begin so. Every other beginning of two letters is taken for a commercial one,
 * so that a region opened tomorrow works today.
 */
export function suffixesIn(area: string): Suffixes | undefined {
  return suffixes[area] ?? (area.length === 2 ? commercial : undefined);
}

/** The suffixes of a region's hosts; `undefined` for what is no region. */
export function suffixesOf(region: string): Suffixes | undefined {
  return suffixesIn(/^([a-z]+(?:-[a-z]+)?)-[a-z]+-\d+$/.exec(region)?.[1] ?? "");
}
