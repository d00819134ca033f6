/**
 * What follows the region in a partition's plain hosts, by the beginning of its regions' names, from botocore's
 * `partitions.json` (https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json).
 */
const plain: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  cn: "amazonaws.com.cn",
  "us-gov": "amazonaws.com",
  "eusc-de": "amazonaws.eu",
  "us-iso": "c2s.ic.gov",
  "us-isob": "sc2s.sgov.gov",
  "eu-isoe": "cloud.adc-e.uk",
  "us-isof": "csp.hci.ic.gov",
};

/** An unknown beginning of two letters counts as a commercial region, so that a region opened tomorrow works today. */
export function plainSuffixIn(area: string): string | undefined {
  return plain[area] ?? (area.length === 2 ? "amazonaws.com" : undefined);
}

/** The beginning of a region's name; empty for anything else than a region. */
export function areaOf(region: string): string {
  return /^([a-z]+(?:-[a-z]+)?)-[a-z]+-\d+$/.exec(region)?.[1] ?? "";
}

/** What follows the region in its plain hosts, such as `amazonaws.com`; `undefined` for anything else than a region. */
export function hostSuffix(region: string): string | undefined {
  return typeof region === "string" ? plainSuffixIn(areaOf(region)) : undefined;
}
