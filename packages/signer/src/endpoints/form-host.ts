import type { Endpoint, EndpointKind } from "./endpoint.ts";
import { type HostRule, type HostVariant, hostRules } from "./host-rules.ts";
import { isListed } from "./listed-hosts.ts";
import type { Partition } from "./partition.ts";

/** Everything that tells one of a service's hosts from another. */
export interface HostParts {
  readonly service: EndpointKind;
  readonly region: string;
  readonly partition: Partition;
  readonly variant: HostVariant;
  /** Of a VPC endpoint, with its zone. */
  readonly vpcId?: string | undefined;
}

/** Forms a host by AWS's rules, with the port where it is not 443. */
export function formHost({ service, region, partition, variant, vpcId }: HostParts): string {
  const rule = hostRules[service];
  const dual = isDual(rule, variant);
  const suffix = dual && rule.oneSuffix === undefined ? partition.dualStackSuffix : partition.suffix;
  const vpc = variant === "vpc";
  const before = vpc ? `${rule.vpcPrefix ?? ""}${vpcId}.` : "";
  return `${before}${label(rule, variant, partition)}.${region}.${vpc ? "vpce." : ""}${suffix}${rule.port ?? ""}`;
}

/** Describes the host that the parts form; `host` may differ from it by the labels of a bucket. */
export function describeHost(parts: HostParts, host: string): Endpoint {
  const { service, region, partition, variant, vpcId } = parts;
  const rule = hostRules[service];
  const [id, zone] = splitVpcId(vpcId, region);
  return {
    url: new URL(`https://${host}/`),
    host,
    service,
    signingName: signingNameOf(service),
    signingRegion: region,
    partition: partition.id,
    // In GovCloud some plain hosts are FIPS hosts: what is said is what the host is, however it was asked for.
    fips: variant.startsWith("fips") || (variant === "plain" && rule.plain === label(rule, "fips", partition)),
    dualStack: isDual(rule, variant),
    ...(id !== undefined && { vpcEndpoint: zone === undefined ? { id } : { id, zone } }),
    published: isListed(service, region, variant),
  };
}

/** The service of the credential scope. */
export function signingNameOf(service: EndpointKind): string {
  return hostRules[service].signingName ?? "sagemaker";
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

function label(
  { plain, fips = `${plain}-fips`, fipsIn, dual = plain, fipsDual = fips }: HostRule,
  variant: HostVariant,
  partition: Partition,
): string {
  if (variant === "fips") return fipsIn?.[partition.id] ?? fips;
  return variant === "fipsDual" ? fipsDual : variant === "dual" ? dual : plain;
}
