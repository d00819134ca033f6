import { AddressRanges } from "../connection/address-ranges.ts";
import { bareHost, isAddress } from "../connection/origin.ts";

/** Decides whether a host is reached without the proxy. */
export type Exemption = (host: string, port: number) => boolean;

/**
 * Reads a NO_PROXY list. Its entries stand between commas or spaces:
 *
 * - `*`: every host
 * - `example.com`, `.example.com`, `*.example.com`: the domain and the hosts below it, with or without a final dot
 * - `10.0.0.1`, `::1`, `[::1]`: an address
 * - `10.0.0.0/8`, `fd00::/8`: a range of addresses
 * - any of them but a range with a port: `example.com:8443`, `[::1]:8443`
 *
 * An entry in another form exempts no host.
 */
export function parseNoProxy(list: string): Exemption {
  const rules = list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .map(parseEntry);
  return (host, port) => {
    const name = host.toLowerCase().replace(/\.$/, "");
    return rules.some((exempts) => exempts(name, port));
  };
}

function parseEntry(entry: string): Exemption {
  const ranges = new AddressRanges();
  if (ranges.add(bareHost(entry)) || ranges.add(entry.replace(/^\[(.*)\](\/\d+)$/, "$1$2"))) {
    return (host) => ranges.has(host);
  }
  const [, name = "", digits] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
  const exempts = name.startsWith("[") || isAddress(name) ? addressRule(bareHost(name)) : nameRule(name);
  return (host, port) => (digits === undefined || Number(digits) === port) && exempts(host);
}

function addressRule(address: string): (host: string) => boolean {
  const only = new AddressRanges();
  return only.add(address) ? (host) => only.has(host) : () => false;
}

function nameRule(entry: string): (host: string) => boolean {
  if (entry === "*") return () => true;
  const name = entry.replace(/^\*?\./, "").replace(/\.$/, "");
  if (name === "") return () => false;
  return (host) => host === name || (!isAddress(host) && host.endsWith(`.${name}`));
}
