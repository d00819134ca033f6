import type { LookupFunction } from "node:net";
import { type AddressGuard, createAddressGuard } from "./addresses.ts";

const loopback = createAddressGuard({ cidrs: ["127.0.0.0/8", "::1/128"] }) as AddressGuard;

/** Whether a host names this machine: `localhost`, names below it (RFC 6761, section 6.3), or a loopback address. */
export function isLoopbackHost(host: string): boolean {
  return host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host) || /^(?:.+\.)?localhost\.?$/i.test(host);
}

/** Holds a name such as `localhost` to loopback addresses, whatever a resolver makes of it. */
export const loopbackGuard: AddressGuard = {
  check: (host, address, phase) => loopback.check(host, address, phase),
  guard: (lookup: LookupFunction) => loopback.guard(lookup),
};
