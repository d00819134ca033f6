import { words } from "#words";
import { checkOptions, flag, optional, shape, text } from "../errors/check-options.ts";
import { refuse, refuseOption } from "../errors/refuse.ts";
import type { EndpointRequest } from "./endpoint.ts";
import { formHost, type HostParts, splitVpcId } from "./form-host.ts";
import { globalHost } from "./global-host.ts";
import { hostRules } from "./host-rules.ts";
import { suffixesOf } from "./partition.ts";

/** Checks what `resolveEndpoint` takes, and copies it. @throws SignerError `INVALID_OPTION` or `INVALID_SERVICE`. */
export function checkRequest(given: EndpointRequest): EndpointRequest {
  const request = checkOptions<EndpointRequest>(
    given,
    {
      service: (service) =>
        typeof service === "string" && Object.hasOwn(hostRules, service)
          ? service
          : refuse(
              "INVALID_SERVICE",
              words ? `service: must be one of ${Object.keys(hostRules).join(", ")}` : "service",
            ),
      region: (region) => region,
      fips: optional(flag),
      dualStack: optional(flag),
      vpcEndpoint: optional(text),
      url: optional(shape(words && "a URL, as text or as URL", (url) => typeof url === "string" || isUrl(url))),
    },
    refuseOption,
  );
  return request;
}

function isUrl(value: unknown): boolean {
  return typeof (value as URL | null)?.href === "string";
}

/**
 * The host that AWS's rules form, with its parts; `undefined` where the request has a URL.
 *
 * @param request checked.
 * @throws SignerError as `resolveEndpoint` does.
 */
export function resolveHost(request: EndpointRequest): (HostParts & { readonly host: string }) | undefined {
  const { service, region, fips = false, dualStack = false, vpcEndpoint: vpcId, url } = request;
  const special = [url !== undefined && "url", vpcId !== undefined && "vpcEndpoint", region === "aws-global" && region];
  const [first, second] = [...special, fips && "fips", dualStack && "dualStack"].filter(Boolean);
  if (second !== undefined && special.includes(first as string)) {
    refuse(
      "INVALID_ENDPOINT",
      words ? `${second}: must be left out with ${first}; choose one of them` : `${first}, ${second}`,
    );
  }
  if (url !== undefined) return undefined;

  const global = region === "aws-global" && globalHost(service);
  if (global) return global;
  const suffixes = typeof region === "string" ? suffixesOf(region) : undefined;
  if (suffixes === undefined) {
    refuse("INVALID_REGION", words ? "region: must be one such as eu-west-1; it is often in AWS_REGION" : "region");
  }
  if (vpcId !== undefined && splitVpcId(vpcId, region).length === 0) {
    refuse(
      "INVALID_ENDPOINT",
      words
        ? `vpcEndpoint: must be vpce-<id>-<suffix>, with or without -<zone> of ${region}; copy it from the endpoint's DNS names`
        : "vpcEndpoint",
    );
  }
  const variant = vpcId !== undefined ? "vpc" : fips ? (dualStack ? "fipsDual" : "fips") : dualStack ? "dual" : "plain";
  const parts = { service, region, suffixes, variant, vpcId } as const;
  return { ...parts, host: formHost(parts) };
}
