import { words } from "#words";
import { refuse } from "../errors/refuse.ts";
import type { EndpointRequest } from "./endpoint.ts";
import { formHost, type HostParts, splitVpcId } from "./form-host.ts";
import { globalHost } from "./global-host.ts";
import { hostRules } from "./host-rules.ts";
import { suffixesOf } from "./partition.ts";

/**
 * The host that is asked for and what forms it; `undefined` where it is somebody's own.
 *
 * @throws SignerError as `resolveEndpoint` does.
 */
export function resolveHost(request: EndpointRequest): (HostParts & { readonly host: string }) | undefined {
  const { service, region, fips = false, dualStack = false, vpcEndpoint: vpcId, url } = request;
  if (!Object.hasOwn(hostRules, service)) {
    refuse("INVALID_SERVICE", words ? `service: expected one of ${Object.keys(hostRules).join(", ")}` : "service");
  }
  const special = [url !== undefined && "url", vpcId !== undefined && "vpcEndpoint", region === "aws-global" && region];
  const [first, second] = [...special, fips && "fips", dualStack && "dualStack"].filter(Boolean);
  if (second !== undefined && special.includes(first as string)) {
    refuse(
      "INVALID_ENDPOINT",
      words ? `${first} cannot be combined with ${second}: leave one of them out` : `${first}, ${second}`,
    );
  }
  if (url !== undefined) return undefined;

  const global = region === "aws-global" && globalHost(service);
  if (global) return global;
  const suffixes = typeof region === "string" ? suffixesOf(region) : undefined;
  if (suffixes === undefined) {
    refuse(
      "INVALID_REGION",
      words ? `region: expected one such as "eu-west-1" (AWS_REGION), got ${JSON.stringify(region)}` : "region",
    );
  }
  if (vpcId !== undefined && splitVpcId(vpcId, region).length === 0) {
    refuse(
      "INVALID_ENDPOINT",
      words
        ? `vpcEndpoint: expected "vpce-<id>-<suffix>" with or without "-<zone>" of ${region}, as in the endpoint's DNS names`
        : "vpcEndpoint",
    );
  }
  const variant = vpcId !== undefined ? "vpc" : fips ? (dualStack ? "fipsDual" : "fips") : dualStack ? "dual" : "plain";
  const parts = { service, region, suffixes, variant, vpcId } as const;
  return { ...parts, host: formHost(parts) };
}
