import type { Endpoint, EndpointKind } from "./endpoint.ts";
import { describeHost, formHost, type HostParts, splitVpcId } from "./form-host.ts";
import { globalEndpoint } from "./global-endpoint.ts";
import { type HostVariant, hostRules } from "./host-rules.ts";
import { partitionOf } from "./partition.ts";
import { readUrl } from "./read-url.ts";

const services = Object.keys(hostRules) as readonly EndpointKind[];
const variants: readonly HostVariant[] = ["plain", "fips", "dual", "fipsDual"];

/**
 * Recognises a host that `resolveEndpoint` forms, and the buckets below S3's; `undefined` for every other host, and
 * for one that is not reached through TLS.
 *
 * A host is recognised by forming it anew and comparing all of it: `*.vpce.amazonaws.com` and other suffixes also carry
 * the names of strangers' services.
 *
 * @example
 * parseEndpoint("https://sts.eu-west-1.amazonaws.com/")?.signingRegion; // "eu-west-1"
 */
export function parseEndpoint(urlOrHost: string | URL): Endpoint | undefined {
  const url = readUrl(urlOrHost);
  if (url?.protocol !== "https:") return undefined;
  const { host, hostname } = url;

  const labels = hostname.split(".");
  for (const [index, region] of labels.entries()) {
    const partition = partitionOf(region);
    if (partition === undefined) continue;
    const vpcId =
      labels[index + 1] === "vpce" ? labels.find((label) => splitVpcId(label, region).length > 0) : undefined;
    for (const service of services) {
      for (const variant of vpcId === undefined ? variants : (["vpc"] as const)) {
        const parts: HostParts = { service, region, partition, variant, vpcId };
        if (isHost(host, formHost(parts), service)) return describeHost(parts, host);
      }
    }
  }
  for (const service of services) {
    const found = globalEndpoint(service);
    if (found !== undefined && isHost(host, found.host, service))
      return { ...found, host, url: new URL(`https://${host}/`) };
  }
  return undefined;
}

function isHost(host: string, formed: string, service: EndpointKind): boolean {
  return host === formed || (hostRules[service].virtualHosts === true && host.endsWith(`.${formed}`));
}
