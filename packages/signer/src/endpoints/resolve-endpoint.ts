import { SignerError } from "../error.ts";
import { customEndpoint } from "./custom-endpoint.ts";
import type { Endpoint, EndpointRequest } from "./endpoint.ts";
import { describeHost, formHost, splitVpcId } from "./form-host.ts";
import { globalEndpoint } from "./global-endpoint.ts";
import { hostRules } from "./host-rules.ts";
import { partitionOf } from "./partition.ts";

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
  const { service, region, fips = false, dualStack = false, vpcEndpoint: vpcId, url } = request;
  if (!Object.hasOwn(hostRules, service)) {
    throw new SignerError("INVALID_SERVICE", `service: expected one of ${Object.keys(hostRules).join(", ")}`);
  }
  const special = [url !== undefined && "url", vpcId !== undefined && "vpcEndpoint", region === "aws-global" && region];
  const [first, second] = [...special, fips && "fips", dualStack && "dualStack"].filter(Boolean);
  if (second !== undefined && special.includes(first as string)) {
    throw new SignerError("INVALID_ENDPOINT", `${first} cannot be combined with ${second}: leave one of them out`);
  }
  if (url !== undefined) return customEndpoint(service, region, url);

  const global = region === "aws-global" && globalEndpoint(service);
  if (global) return global;
  const partition = typeof region === "string" ? partitionOf(region) : undefined;
  if (partition === undefined) {
    throw new SignerError(
      "INVALID_REGION",
      `region: expected one such as "eu-west-1" (AWS_REGION), got ${JSON.stringify(region)}`,
    );
  }
  if (vpcId !== undefined && splitVpcId(vpcId, region).length === 0) {
    throw new SignerError(
      "INVALID_ENDPOINT",
      `vpcEndpoint: expected "vpce-<id>-<suffix>" with or without "-<zone>" of ${region}, as in the endpoint's DNS names`,
    );
  }
  const variant = vpcId !== undefined ? "vpc" : fips ? (dualStack ? "fipsDual" : "fips") : dualStack ? "dual" : "plain";
  const parts = { service, region, partition, variant, vpcId } as const;
  return describeHost(parts, formHost(parts));
}
