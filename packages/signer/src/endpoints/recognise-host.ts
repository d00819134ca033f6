import type { EndpointKind } from "./endpoint.ts";
import { formHost, type HostParts, splitVpcId } from "./form-host.ts";
import { globalHost } from "./global-host.ts";
import { type HostVariant, hostRules } from "./host-rules.ts";
import { MAX_HOST_CHARS, suffixesOf } from "./partition.ts";
import { readUrl } from "./read-url.ts";

const services = Object.keys(hostRules) as readonly EndpointKind[];
const variants: readonly HostVariant[] = ["plain", "fips", "dual", "fipsDual"];

/**
 * Takes a host apart into the parts that form it; `undefined` for every host that AWS's rules do not form.
 *
 * A host is recognised by forming it again and comparing all of it: `*.vpce.amazonaws.com` and other suffixes also carry
 * the names of other customers' services.
 */
export function recogniseHost(urlOrHost: string | URL): (HostParts & { readonly host: string }) | undefined {
  const url = readUrl(urlOrHost);
  if (url?.protocol !== "https:" || url.hostname.length > MAX_HOST_CHARS) return undefined;
  const { host, hostname } = url;
  const is = (formed: string, service: EndpointKind): boolean =>
    host === formed || (hostRules[service].virtualHosts === true && host.endsWith(`.${formed}`));

  const labels = hostname.split(".");
  for (const [index, region] of labels.entries()) {
    const suffixes = suffixesOf(region);
    if (suffixes === undefined) continue;
    const vpcId =
      labels[index + 1] === "vpce" ? labels.find((label) => splitVpcId(label, region).length > 0) : undefined;
    for (const service of services) {
      for (const variant of vpcId === undefined ? variants : (["vpc"] as const)) {
        const parts: HostParts = { service, region, suffixes, variant, vpcId };
        if (is(formHost(parts), service)) return { ...parts, host };
      }
    }
  }
  for (const service of services) {
    const found = globalHost(service);
    if (found !== undefined && is(found.host, service)) return { ...found, host };
  }
  return undefined;
}
