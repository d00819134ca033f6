import { createAddressGuard, type AddressGuard } from "./addresses.ts";

/** Whether a host names this machine: `localhost`, names below it (RFC 6761, section 6.3), or a loopback address. */
export function isLoopbackHost(host: string): boolean {
  return host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host) || /^(?:.+\.)?localhost\.?$/i.test(host);
}

/** Allows loopback addresses only. A resolver that answers otherwise for `localhost` is refused. */
export const loopbackGuard: AddressGuard = createAddressGuard({ cidrs: ["127.0.0.0/8", "::1/128"] }) as AddressGuard;
