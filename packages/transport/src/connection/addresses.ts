import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { type Shape, listOf, nested, shape, text } from "@countersign/signer/options";
import { TransportError, type TransportPhase, invalidOption } from "../errors/error.ts";
import { AddressRanges } from "./address-ranges.ts";
import { vpcEndpointAdvice } from "./vpc-endpoint-advice.ts";

/** Which addresses may be connected to. */
export type AddressRule = "any" | "private" | { readonly cidrs: readonly string[] };

/** Refuses addresses that the rule does not allow. */
export interface AddressGuard {
  /** @throws {TransportError} `PUBLIC_ADDRESS_REFUSED`. */
  check(host: string, address: string, phase: TransportPhase): void;
  /** A `lookup` for `net.connect` that checks every address of every answer. */
  guard(lookup: LookupFunction): LookupFunction;
}

/**
 * Networks that are not routed on the internet, and loopback.
 *
 * RFC 1918, RFC 6598 (100.64.0.0/10, which VPCs may use), RFC 4193, and loopback (RFC 1122, RFC 4291). A VPC with public
 * IPv4 ranges or with IPv6 lists its ranges in `cidrs`.
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

/** The shape of the `addresses` option. {@link createAddressGuard} checks the ranges. */
export const addressRuleShape: Shape = (value, field, refuse) =>
  typeof value === "object"
    ? nested<{ cidrs: unknown }>({ cidrs: listOf(text) })(value, field, refuse)
    : shape('"any", "private" or { cidrs: ["10.0.0.0/8"] }', (rule) => rule === "any" || rule === "private")(
        value,
        field,
        refuse,
      );

/**
 * Makes the guard of the `addresses` option. `any` needs no guard.
 *
 * @throws {TransportError} `INVALID_OPTION`.
 */
export function createAddressGuard(rule: AddressRule): AddressGuard | undefined {
  if (rule === "any") return undefined;
  const cidrs = rule === "private" ? privateNetworks : rule.cidrs;
  if (cidrs.length === 0) throw invalidOption("addresses.cidrs: must have at least one range");
  const allowed = new AddressRanges();
  for (const [index, cidr] of cidrs.entries()) {
    if (!allowed.add(cidr)) {
      throw invalidOption(`addresses.cidrs[${index}]: must be an address range such as 10.0.0.0/8`);
    }
  }

  const check: AddressGuard["check"] = (host, address, phase) => {
    if (allowed.has(address)) return;
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
      if (error !== null && error !== undefined) return callback(error, address, family);
      let answers: LookupAddress[];
      try {
        // Read once: what is checked is what is connected to.
        answers = typeof address === "string" ? [{ address, family: family ?? 0 }] : address.map(copy);
        for (const answer of answers) check(hostname, answer.address, "resolve");
      } catch (refusal) {
        return callback(refusal instanceof TransportError ? refusal : unresolved(), "", 0);
      }
      const [first] = answers;
      if (first === undefined) return callback(unresolved(), "", 0);
      if (options.all === true) callback(null, answers);
      else callback(null, first.address, first.family);
    });
  };

  return { check, guard };
}

function copy({ address, family }: LookupAddress): LookupAddress {
  if (typeof address !== "string") throw new TypeError("no address");
  return { address, family };
}

/** An answer without addresses, or in another form than `dns.lookup` gives. */
function unresolved(): NodeJS.ErrnoException {
  return Object.assign(new Error("lookup: must answer addresses, as dns.lookup does"), { code: "ENODATA" });
}
