import { suffixesOf } from "./partition.ts";

/** Partition ids by the suffix of their hosts. Only the commercial partition and GovCloud share one. */
const ids: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  "amazonaws.com.cn": "aws-cn",
  "amazonaws.eu": "aws-eusc",
  "c2s.ic.gov": "aws-iso",
  "sc2s.sgov.gov": "aws-iso-b",
  "cloud.adc-e.uk": "aws-iso-e",
  "csp.hci.ic.gov": "aws-iso-f",
};

/** The id of a region's partition; `aws` for anything else than a region. */
export function partitionId(region: string): string {
  if (isGovCloud(region)) return "aws-us-gov";
  return ids[suffixesOf(region)?.[0] ?? ""] ?? "aws";
}

/** GovCloud names its FIPS hosts in its own way. */
export function isGovCloud(region: string): boolean {
  return region.startsWith("us-gov-");
}
