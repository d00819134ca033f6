import { type EndpointOptions, resolveEndpoint } from "@countersign/signer/endpoints";
import { invalid } from "./source-errors.ts";

/** The services besides STS that sources ask. */
export type NeighbourService = "sso" | "sso-oidc" | "rolesanywhere" | "signin";

const LABELS: Readonly<Record<NeighbourService, string>> = {
  sso: "portal.sso",
  "sso-oidc": "oidc",
  rolesanywhere: "rolesanywhere",
  signin: "signin",
};

/** The plain hosts of sign-in, by the suffix of the partition. Each other partition forms it as other services do. */
const SIGN_IN: Readonly<Record<string, string>> = {
  __proto__: null as never,
  "amazonaws.com": "signin.aws.amazon.com",
  "amazonaws.com.cn": "signin.amazonaws.cn",
};

/**
 * The URL of a service, without a slash at its end.
 *
 * @throws BrokerError `SOURCE_INVALID` for an address of your own that is not a URL.
 * @see https://github.com/boto/botocore/tree/develop/botocore/data: `endpoint-rule-set-1.json` of each service
 */
export function serviceUrl(service: NeighbourService, region: string, options: EndpointOptions, place: string): string {
  const { url, fips = false, dualStack = false } = options;
  if (url !== undefined) return ownUrl(String(url), service, place);
  // These services end as STS does in the same partition.
  const suffix = suffixOf(region, dualStack);
  if (suffix === undefined) throw invalid(`${place}: the Region of ${service} must be one such as eu-west-1`);
  if (service === "signin" && !fips && !dualStack) {
    if (region.startsWith("us-gov-")) return `https://${region}.signin.amazonaws-us-gov.com`;
    const signIn = SIGN_IN[suffix];
    if (signIn !== undefined) return `https://${region}.${signIn}`;
  }
  return `https://${LABELS[service]}${fips ? "-fips" : ""}.${region}.${suffix}`;
}

/** The suffix of the hosts in a Region. `undefined`: it is not a Region. */
function suffixOf(region: string, dualStack: boolean): string | undefined {
  if (!/^[a-z][a-z\d-]{1,62}$/u.test(region)) return undefined;
  const { hostname } = resolveEndpoint({ service: "sts", region, dualStack }).url;
  const at = hostname.indexOf(`.${region}.`);
  return at === -1 ? undefined : hostname.slice(at + region.length + 2);
}

function ownUrl(text: string, service: string, place: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/u.test(url.protocol) || url.username + url.password + url.search !== "") {
    throw invalid(`${place}: the endpoint of ${service} must be a URL without user, password and query`);
  }
  return `${url.origin}${url.pathname.replace(/(?<!\/)\/+$/u, "")}`;
}
