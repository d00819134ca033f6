import { generations } from "@countersign/signer";
import { type EndpointKind, type EndpointOptions, resolveUrl } from "@countersign/signer/endpoints";
import type { ProxyOptions } from "../options.ts";
import { denied } from "../refusal.ts";

/** The names of `EndpointOptions`: an object with only these names is for all services. */
const OPTION_NAMES = new Set(["url", "fips", "dualStack", "vpcEndpoint"]);

/** Where requests go. Parts of a `URL` are worked out at each reading. */
export type Origin = Pick<URL, "origin" | "hostname" | "protocol">;

/** Where a service is in a Region. @throws Refusal `AccessDeniedException`. */
export type OriginOf = (service: EndpointKind, region: string) => Origin;

/** Services and Regions of a generation: AWS has about 40 Regions. */
const MAX_ORIGINS = 256;

/** Makes the function that works out where services are, and remembers it. */
export function createOriginOf(endpoints: ProxyOptions["endpoints"]): OriginOf {
  const origins = generations(MAX_ORIGINS, (_: string, service: EndpointKind, region: string) =>
    originOf(endpoints, service, region),
  );
  return (service, region) => origins(`${service}/${region}`, service, region);
}

/**
 * Where a service is in a Region, by the proxy's own options. Nothing of the request but its verified Region decides it.
 *
 * @throws Refusal `AccessDeniedException` for a Region in which there is no such endpoint.
 */
function originOf(endpoints: ProxyOptions["endpoints"], service: EndpointKind, region: string): Origin {
  try {
    const { origin, hostname, protocol } = resolveUrl({ ...optionsFor(endpoints ?? {}, service), service, region });
    return { origin, hostname, protocol };
  } catch (cause) {
    throw denied(`There is no endpoint of ${service} in ${region.slice(0, 64)}.`, String(cause));
  }
}

function optionsFor(endpoints: NonNullable<ProxyOptions["endpoints"]>, service: EndpointKind): EndpointOptions {
  const isForAll = Object.keys(endpoints).every((name) => OPTION_NAMES.has(name));
  if (isForAll) return endpoints as EndpointOptions;
  return Object.hasOwn(endpoints, service)
    ? ((endpoints as Readonly<Partial<Record<EndpointKind, EndpointOptions>>>)[service] ?? {})
    : {};
}
