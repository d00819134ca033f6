import { words } from "#words";
import { refuse } from "../errors/refuse.ts";
import type { Endpoint, EndpointKind } from "./endpoint.ts";
import { describeHost, signingNameOf } from "./form-host.ts";
import { hostRules } from "./host-rules.ts";
import { isLoopbackHost } from "./loopback.ts";
import { parseSigningScope } from "./parse-signing-scope.ts";
import { MAX_HOST_CHARS } from "./partition.ts";
import { partitionId } from "./partition-id.ts";
import { readUrl } from "./read-url.ts";
import { recogniseHost } from "./recognise-host.ts";

/** An endpoint given by its URL: a proxy, a gateway, a VPC endpoint's DNS name, a service on this machine. */
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
  if (typeof region !== "string" || !/^[\da-z-]+$/.test(region)) {
    refuse("INVALID_REGION", words ? "region: must be one such as eu-west-1; it is often in AWS_REGION" : "region");
  }
  const known = parseSigningScope(url);
  const isElsewhere = known?.service === signingNameOf(service) && known.region !== region;
  if (isElsewhere && url.host !== hostRules[service].global) {
    refuse("INVALID_ENDPOINT", `url: must be in ${region}, as region says; ${url.host} is in ${known.region}`);
  }
  return url;
}

function checkUrl(given: string | URL): URL {
  const url = readUrl(given);
  if (
    url === undefined ||
    url.hostname.length > MAX_HOST_CHARS ||
    !(url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname)))
  ) {
    refuse("INVALID_ENDPOINT", words ? "url: must be an https: URL; http: only to this machine" : "url");
  }
  if (url.username + url.password + url.search + url.hash !== "") {
    refuse("INVALID_ENDPOINT", words ? "url: must be without user, password, query and fragment" : "url");
  }
  return url;
}
