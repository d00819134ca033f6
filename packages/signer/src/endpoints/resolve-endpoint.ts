import { customEndpoint, customUrl } from "./custom-endpoint.ts";
import type { Endpoint, EndpointRequest } from "./endpoint.ts";
import { describeHost } from "./form-host.ts";
import { checkRequest, resolveHost } from "./resolve-host.ts";

/**
 * The endpoint of a service in a region, as AWS's own rules form it.
 *
 * @throws SignerError `INVALID_SERVICE`, `INVALID_REGION`, `INVALID_OPTION`, and `INVALID_ENDPOINT` for a VPC endpoint or
 * a URL combined with FIPS or dual-stack, an invalid VPC endpoint id, and a URL without TLS or in another region.
 *
 * @example
 * resolveEndpoint({ service: "sagemaker-runtime", region: "us-west-2", fips: true }).host;
 * // "runtime-fips.sagemaker.us-west-2.amazonaws.com"
 */
export function resolveEndpoint(options: EndpointRequest): Endpoint {
  const request = checkRequest(options);
  const found = resolveHost(request);
  return found === undefined
    ? customEndpoint(request.service, request.region, request.url ?? "")
    : describeHost(found, found.host);
}

/** The URL alone: a page that only calls does not load the lists of regions. @throws SignerError in the same cases. */
export function resolveUrl(options: EndpointRequest): URL {
  const request = checkRequest(options);
  const found = resolveHost(request);
  return found === undefined
    ? customUrl(request.service, request.region, request.url ?? "")
    : new URL(`https://${found.host}/`);
}
