import { words } from "#words";
import { refuse } from "../errors/refuse.ts";
import type { Endpoint, EndpointKind } from "./endpoint.ts";
import { describeHost, signingNameOf } from "./form-host.ts";
import { hostRules } from "./host-rules.ts";
import { isLoopbackHost } from "./loopback.ts";
import { parseSigningScope } from "./parse-signing-scope.ts";
import { partitionId } from "./partition-id.ts";
import { readUrl } from "./read-url.ts";
import { recogniseHost } from "./recognise-host.ts";

/** An endpoint somebody else names: a proxy, a gateway, a VPC endpoint's DNS name, a service on this machine. */
export function customEndpoint(service: EndpointKind, region: string, given: string | URL): Endpoint {
  const url = customUrl(service, region, given);
  const signingName = signingNameOf(service);
  const known = recogniseHost(url);
  if (known !== undefined && signingNameOf(known.service) === signingName) {
    return { ...describeHost(known, known.host), url, service };
  }
  return {
    url,
    host: url.host,
    service,
    signingName,
    signingRegion: region,
    partition: partitionId(region),
    fips: false,
    dualStack: false,
    published: false,
  };
}

/** Its URL, checked. */
export function customUrl(service: EndpointKind, region: string, given: string | URL): URL {
  const url = checkUrl(given);
  const known = parseSigningScope(url);
  if (known?.service !== signingNameOf(service)) {
    if (!/^[\da-z-]+$/.test(region)) {
      refuse("INVALID_REGION", words ? `region: must be one such as "eu-west-1" (AWS_REGION)` : "region");
    }
  } else if (known.region !== region && url.host !== hostRules[service].global) {
    refuse("INVALID_ENDPOINT", `url: ${url.host} is in ${known.region}, and region is ${region}`);
  }
  return url;
}

function checkUrl(given: string | URL): URL {
  const url = readUrl(given);
  if (url === undefined || !(url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname)))) {
    refuse("INVALID_ENDPOINT", words ? "url: expected an https: URL (http: only to this machine)" : "url");
  }
  if (url.username + url.password + url.search + url.hash !== "") {
    refuse("INVALID_ENDPOINT", words ? "url: user, password, query and fragment have no place in an endpoint" : "url");
  }
  return url;
}
