import { net } from "../builtin.ts";

/** A set of IP addresses, written as ranges such as `10.0.0.0/8` or as single addresses. */
export class AddressRanges {
  readonly #list = new net.BlockList();

  /** Adds a range. Returns false if the text is not a range. */
  add(range: string): boolean {
    const [network = "", bits, ...rest] = range.split("/");
    const family = net.isIP(network);
    const width = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? width : Number(bits);
    if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits ?? "0") || prefix > width) return false;
    this.#list.addSubnet(network, prefix, family === 4 ? "ipv4" : "ipv6");
    return true;
  }

  has(address: string): boolean {
    const plain = plainAddress(address);
    const family = net.isIP(plain);
    return family !== 0 && this.#list.check(plain, family === 4 ? "ipv4" : "ipv6");
  }
}

/** Turns an IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2) into IPv4, so that IPv4 ranges apply to it. */
function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped !== undefined && net.isIPv4(mapped) ? mapped : address;
}
