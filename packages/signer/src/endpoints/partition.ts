/** The longest host name (RFC 1035, section 2.3.4). */
export const MAX_HOST_CHARS = 253;

/** What follows the region in a partition's hosts. */
export type Suffixes = readonly [plain: string, dualStack: string];

const commercial: Suffixes = ["amazonaws.com", "api.aws"];

/**
 * The suffixes by the beginning of a partition's region names, from botocore's `partitions.json`
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
 * The suffixes of the regions whose names begin with `area`. An unknown beginning of two letters counts as a commercial
 * region, so that a region opened tomorrow works today.
 */
export function suffixesIn(area: string): Suffixes | undefined {
  return suffixes[area] ?? (area.length === 2 ? commercial : undefined);
}

/** The suffixes of a region's hosts; `undefined` for anything else than a region. */
export function suffixesOf(region: string): Suffixes | undefined {
  return suffixesIn(/^([a-z]+(?:-[a-z]+)?)-[a-z]+-\d+$/.exec(region)?.[1] ?? "");
}
