import type { EndpointKind } from "./endpoint.ts";
import type { HostParts } from "./form-host.ts";
import { hostRules } from "./host-rules.ts";
import { suffixesOf, type Suffixes } from "./partition.ts";

/**
 * The host without a region that STS and S3 still have: it is in us-east-1 and signed for it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html
 */
export function globalHost(service: EndpointKind): (HostParts & { readonly host: string }) | undefined {
  const region = "us-east-1";
  const { global: host } = hostRules[service];
  return host === undefined
    ? undefined
    : { service, region, suffixes: suffixesOf(region) as Suffixes, variant: "plain", host };
}
