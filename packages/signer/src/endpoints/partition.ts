import { areaOf, plainSuffixIn } from "./host-suffix.ts";

/** The longest host name (RFC 1035, section 2.3.4). */
export const MAX_HOST_CHARS = 253;

/** What follows the region in a partition's hosts. */
export type Suffixes = readonly [plain: string, dualStack: string];

/** https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json */
const dualStack: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  cn: "api.amazonwebservices.com.cn",
  "eusc-de": "api.amazonwebservices.eu",
  "us-iso": "api.aws.ic.gov",
  "us-isob": "api.aws.scloud",
  "eu-isoe": "api.cloud-aws.adc-e.uk",
  "us-isof": "api.aws.hci.ic.gov",
};

/**
 * The suffixes of the regions whose names begin with `area`. An unknown beginning of two letters counts as a commercial
 * region, so that a region opened tomorrow works today.
 */
export function suffixesIn(area: string): Suffixes | undefined {
  const plain = plainSuffixIn(area);
  return plain === undefined ? undefined : [plain, dualStack[area] ?? "api.aws"];
}

/** The suffixes of a region's hosts; `undefined` for anything else than a region. */
export function suffixesOf(region: string): Suffixes | undefined {
  return suffixesIn(areaOf(region));
}
