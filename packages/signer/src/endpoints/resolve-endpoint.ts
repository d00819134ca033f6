import { customEndpoint, customUrl } from "./custom-endpoint.ts";
import type { Endpoint, EndpointRequest } from "./endpoint.ts";
import { describeHost } from "./form-host.ts";
import { resolveHost } from "./resolve-host.ts";

/**
 * The endpoint of a service in a region, as AWS's own rules form it.
 *
 * @throws SignerError `INVALID_SERVICE`, `INVALID_REGION`, and `INVALID_ENDPOINT` for a VPC endpoint or a URL combined
 * with FIPS or dual-stack, for an id that is none, and for a URL that is not TLS or names another region.
 *
 * @example
 * resolveEndpoint({ service: "sagemaker-runtime", region: "us-west-2", fips: true }).host;
 * // "runtime-fips.sagemaker.us-west-2.amazonaws.com"
 */
export function resolveEndpoint(request: EndpointRequest): Endpoint {
  const found = resolveHost(request);
  return found === undefined
    ? customEndpoint(request.service, request.region, request.url ?? "")
    : describeHost(found, found.host);
}

/** Its URL alone: a page that just calls does not load the lists of regions. @throws SignerError in the same cases. */
export function resolveUrl(request: EndpointRequest): URL {
  const found = resolveHost(request);
  return found === undefined
    ? customUrl(request.service, request.region, request.url ?? "")
    : new URL(`https://${found.host}/`);
}
