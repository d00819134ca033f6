import { BlockList, type LookupFunction, isIP, isIPv4 } from "node:net";
import { TransportError, type TransportPhase, invalidOption } from "../errors/error.ts";
import { vpcEndpointAdvice } from "./vpc-endpoint-advice.ts";

/** Which addresses may be connected to. */
export type AddressRule = "any" | "private" | { readonly cidrs: readonly string[] };

/** Refuses addresses outside the rule. */
export interface AddressGuard {
  /** @throws {TransportError} `PUBLIC_ADDRESS_REFUSED`. */
  check(host: string, address: string, phase: TransportPhase): void;
  /** A `lookup` for `net.connect` that checks every address of every answer. */
  guard(lookup: LookupFunction): LookupFunction;
}

/**
 * Networks that are not routed on the internet, and the machine itself.
 *
 * RFC 1918, RFC 6598 (100.64.0.0/10, which VPCs may use), RFC 4193, and loopback (RFC 1122, RFC 4291). A VPC on public
 * IPv4 ranges or on IPv6 names its own with `cidrs`.
 */
const privateNetworks: readonly string[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
  "127.0.0.0/8",
  "::1/128",
];

function blockList(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [index, cidr] of cidrs.entries()) {
    if (typeof cidr !== "string") {
      throw invalidOption(`addresses.cidrs: entry ${index} is not a string such as 10.0.0.0/8`);
    }
    const [network = "", bits, ...rest] = cidr.split("/");
    const family = isIP(network);
    const width = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? width : Number(bits);
    if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits ?? "0") || prefix > width) {
      throw invalidOption(`addresses.cidrs: "${cidr}" is not an address range such as 10.0.0.0/8`);
    }
    list.addSubnet(network, prefix, family === 4 ? "ipv4" : "ipv6");
  }
  return list;
}

/** Turns an IPv4 address in IPv6 clothes (RFC 4291, section 2.5.5.2) back, so that no range is passed by in disguise. */
function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : address;
}

/**
 * Makes the guard of the `addresses` option, or nothing for `any`.
 *
 * @throws {TransportError} `INVALID_OPTION`.
 */
export function createAddressGuard(rule: AddressRule): AddressGuard | undefined {
  if (rule === "any") return undefined;
  if (rule !== "private" && !Array.isArray((rule as { cidrs?: unknown } | null)?.cidrs)) {
    throw invalidOption('addresses: "any", "private" or { cidrs: [...] } is needed');
  }
  const cidrs = rule === "private" ? privateNetworks : rule.cidrs;
  if (cidrs.length === 0) throw invalidOption("addresses.cidrs: at least one range is needed");
  const allowed = blockList(cidrs);

  const check: AddressGuard["check"] = (host, address, phase) => {
    const plain = plainAddress(address);
    const family = isIP(plain);
    if (family !== 0 && allowed.check(plain, family === 4 ? "ipv4" : "ipv6")) return;
    const where = host === address ? "is" : `resolves to ${address}, which is`;
    const advice = vpcEndpointAdvice(host);
    throw new TransportError(
      "PUBLIC_ADDRESS_REFUSED",
      `${host}: ${where} outside ${rule === "private" ? "private networks" : "addresses.cidrs"}${advice === undefined ? "" : `; ${advice}`}`,
      { phase },
    );
  };

  const guard: AddressGuard["guard"] = (lookup) => (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      if (error === null || error === undefined) {
        try {
          const answers = typeof address === "string" ? [address] : address.map((entry) => entry.address);
          for (const answer of answers) check(hostname, answer, "resolve");
        } catch (refusal) {
          callback(refusal as NodeJS.ErrnoException, "", 0);
          return;
        }
      }
      callback(error, address, family);
    });
  };

  return { check, guard };
}
