import { isLoopbackHost } from "@countersign/signer/endpoints";
import { createAddressGuard, type AddressGuard } from "./addresses.ts";

/**
 * Whether a host may name this machine: a loopback host, or a name below `localhost` (RFC 6761, section 6.3), which
 * {@link loopbackGuard} then holds to loopback addresses.
 */
export function namesThisMachine(host: string): boolean {
  return isLoopbackHost(host) || /^(?:.+\.)?localhost\.?$/i.test(host);
}

/** Allows loopback addresses only. A resolver that answers otherwise for `localhost` is refused. */
export function loopbackGuard(): AddressGuard {
  return createAddressGuard({ cidrs: ["127.0.0.0/8", "::1/128"] }) as AddressGuard;
}
