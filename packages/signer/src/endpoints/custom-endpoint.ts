import { SignerError } from "../error.ts";
import type { Endpoint, EndpointKind } from "./endpoint.ts";
import { hostRules } from "./host-rules.ts";
import { parseEndpoint } from "./parse-endpoint.ts";
import { partitionOf } from "./partition.ts";
import { readUrl } from "./read-url.ts";

/** An endpoint somebody else names: a proxy, a gateway, a VPC endpoint's DNS name, a service on this machine. */
export function customEndpoint(service: EndpointKind, region: string, given: string | URL): Endpoint {
  const url = checkUrl(given);
  const known = parseEndpoint(url);
  const signingName = hostRules[service].signingName ?? "sagemaker";
  if (known?.signingName === signingName) {
    if (known.signingRegion !== region && known.host !== hostRules[service].global) {
      throw new SignerError(
        "INVALID_ENDPOINT",
        `url: ${url.host} is in ${known.signingRegion}, and region is ${region}`,
      );
    }
    return { ...known, url, service };
  }
  if (!/^[\da-z-]+$/.test(region)) {
    throw new SignerError("INVALID_REGION", `region: expected one such as "eu-west-1" (AWS_REGION)`);
  }
  return {
    url,
    host: url.host,
    service,
    signingName,
    signingRegion: region,
    partition: partitionOf(region)?.id ?? "aws",
    fips: false,
    dualStack: false,
    published: false,
  };
}

function checkUrl(given: string | URL): URL {
  const url = readUrl(given);
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url?.hostname ?? "");
  if (url === undefined || !(url.protocol === "https:" || (url.protocol === "http:" && isLoopback))) {
    throw new SignerError("INVALID_ENDPOINT", "url: expected an https: URL (http: only to this machine)");
  }
  if (url.username + url.password + url.search + url.hash !== "") {
    throw new SignerError("INVALID_ENDPOINT", "url: user, password, query and fragment have no place in an endpoint");
  }
  return url;
}
