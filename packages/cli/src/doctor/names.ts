import { lookup } from "node:dns/promises";
import { BlockList, isIPv6 } from "node:net";
import type { Endpoint } from "@countersign/signer/endpoints";
import { type Check, fail, pass, reasonOf, warn } from "./check.ts";

/** Addresses inside a private network: RFC 1918, RFC 6598, RFC 4193, loopback. */
const PRIVATE = new BlockList();
for (const [address, bits] of [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
] as const) {
  PRIVATE.addSubnet(address, bits);
}
PRIVATE.addSubnet("fc00::", 7, "ipv6");
PRIVATE.addAddress("::1", "ipv6");

/**
 * Checks that an endpoint's name resolves, and whether its addresses are private.
 *
 * @param isOwn the user named the endpoint, so AWS does not list it.
 */
export async function checkName(
  endpoint: Endpoint,
  { wantPrivate, isOwn }: { readonly wantPrivate: boolean; readonly isOwn: boolean },
): Promise<Check> {
  const { hostname } = endpoint.url;
  const name = `name of ${endpoint.service}`;
  let addresses: readonly string[];
  try {
    addresses = (await lookup(hostname.replace(/^\[|\]$/g, ""), { all: true })).map(({ address }) => address);
  } catch (error) {
    const fix =
      endpoint.published || isOwn
        ? "check the network and its DNS; inside a VPC, enableDnsSupport and enableDnsHostnames"
        : "AWS does not list this host: try without FIPS or dual-stack, or another region";
    return fail(name, `${hostname}: ${reasonOf(error)}`, fix);
  }
  const isPrivate = addresses.every((address) => PRIVATE.check(address, isIPv6(address) ? "ipv6" : "ipv4"));
  const detail = `${hostname} → ${addresses.join(", ")} (${isPrivate ? "private" : "public"})`;
  if (wantPrivate && !isPrivate) {
    return fail(name, detail, "turn on private DNS for the interface endpoint, or pass its id with --vpc-endpoint");
  }
  return endpoint.published
    ? pass(name, detail)
    : warn(name, detail, "AWS does not list this host: make sure that it is the one you want");
}
