import type { Endpoint, EndpointKind } from "./endpoint.ts";
import { type HostRule, type HostVariant, hostRules } from "./host-rules.ts";
import { isListed } from "./listed-hosts.ts";
import { isGovCloud, partitionId } from "./partition-id.ts";
import type { Suffixes } from "./partition.ts";

/** Everything that tells one of a service's hosts from another. */
export interface HostParts {
  readonly service: EndpointKind;
  readonly region: string;
  readonly suffixes: Suffixes;
  readonly variant: HostVariant;
  /** Of a VPC endpoint, with its zone. */
  readonly vpcId?: string | undefined;
}

/** Forms a host by AWS's rules, with the port where it is not 443. */
export function formHost(parts: HostParts): string {
  const { service, region, suffixes, variant, vpcId } = parts;
  const rule = hostRules[service];
  const [plain, dualStack] = suffixes;
  const suffix = isDual(rule, variant) && rule.oneSuffix === undefined ? dualStack : plain;
  const vpc = variant === "vpc";
  const before = vpc ? `${rule.vpcPrefix ?? ""}${vpcId}.` : "";
  return `${before}${label(parts)}.${region}.${vpc ? "vpce." : ""}${suffix}${rule.port ?? ""}`;
}

/** Describes the host that the parts form; `host` may differ from it by the labels of a bucket. */
export function describeHost(parts: HostParts, host: string): Endpoint {
  const { service, region, variant, vpcId } = parts;
  const [id, zone] = splitVpcId(vpcId, region);
  return {
    url: new URL(`https://${host}/`),
    host,
    service,
    signingName: signingNameOf(service),
    signingRegion: region,
    partition: partitionId(region),
    // In GovCloud some plain hosts are FIPS hosts: what is said is what the host is, however it was asked for.
    fips: variant.startsWith("fips") || (variant === "plain" && label(parts) === label({ ...parts, variant: "fips" })),
    dualStack: isDual(hostRules[service], variant),
    ...(id !== undefined && { vpcEndpoint: zone === undefined ? { id } : { id, zone } }),
    published: isListed(service, region, variant),
  };
}

/** The service of the credential scope. */
export function signingNameOf(service: EndpointKind): string {
  const { plain } = hostRules[service];
  return plain.slice(plain.lastIndexOf(".") + 1);
}

/** Splits `vpce-<id>-<suffix>[-<zone>]`; empty where the text is no such id or the zone lies elsewhere. */
export function splitVpcId(text: string | undefined, region: string): readonly [id?: string, zone?: string] {
  const [, id, zone] = /^(vpce-[\da-z]+-[\da-z]+)(?:-([\da-z-]+))?$/.exec(text ?? "") ?? [];
  if (id === undefined || (zone !== undefined && !zone.startsWith(region))) return [];
  return zone === undefined ? [id] : [id, zone];
}

function isDual(rule: HostRule, variant: HostVariant): boolean {
  return variant === "dual" || variant === "fipsDual" || (rule.dualOnly === true && variant !== "vpc");
}

function label({ service, region, suffixes, variant }: HostParts): string {
  const { plain, fips = `${plain}-fips`, commercialFips, govFips, dual = plain, fipsDual = fips } = hostRules[service];
  if (variant === "fips") {
    if (isGovCloud(region)) return govFips ?? fips;
    return (suffixes[0] === "amazonaws.com" ? commercialFips : undefined) ?? fips;
  }
  return variant === "fipsDual" ? fipsDual : variant === "dual" ? dual : plain;
}
