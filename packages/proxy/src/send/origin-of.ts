import { type EndpointKind, type EndpointOptions, resolveUrl } from "@countersign/signer/endpoints";
import type { ProxyOptions } from "../options.ts";
import { denied } from "../refusal.ts";

/** The names of `EndpointOptions`: what has only these is for all services. */
const OPTION_NAMES = new Set(["url", "fips", "dualStack", "vpcEndpoint"]);

/**
 * Where a service is in a Region, by the proxy's own options. Nothing of the request but its verified Region decides it.
 *
 * @throws Refusal `AccessDeniedException` for a Region in which there is no such endpoint.
 */
export function originOf(endpoints: ProxyOptions["endpoints"], service: EndpointKind, region: string): URL {
  try {
    return resolveUrl({ ...optionsFor(endpoints ?? {}, service), service, region });
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
