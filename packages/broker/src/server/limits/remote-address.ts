import { BlockList, isIP, isIPv6 } from "node:net";

/** The address of a caller. */
export interface RemoteAddress {
  /** The address that limits count by: IPv4 as it is, IPv6 as its first 64 bits. */
  readonly limited: string;
  /** Whether a trusted proxy forwarded the request. */
  readonly proxied: boolean;
}

/** Longer `X-Forwarded-For` headers are not read. */
const MAX_FORWARDED = 2048;

/**
 * Finds the address of a caller. `X-Forwarded-For` is read only when the connection comes from a trusted proxy, from
 * right to left: the first address that is not itself a trusted proxy is the caller's. Everything to the left of it was
 * written by the caller.
 *
 * @param trustedProxies IP addresses and CIDR blocks.
 */
export function createRemoteAddress(
  trustedProxies: readonly string[],
): (peer: string | undefined, forwardedFor: string | null) => RemoteAddress {
  const trusted = new BlockList();
  for (const entry of trustedProxies) {
    const { address, prefix } = parseBlock(entry) as Block;
    trusted.addSubnet(address, prefix, isIPv6(address) ? "ipv6" : "ipv4");
  }
  const isTrusted = (address: string): boolean =>
    isIP(address) !== 0 && trusted.check(address, isIPv6(address) ? "ipv6" : "ipv4");

  return (peer, forwardedFor) => {
    const direct = plainAddress(peer ?? "");
    if (forwardedFor === null || !isTrusted(direct)) return { limited: limitedAddress(peer), proxied: false };
    const hops = forwardedFor.length > MAX_FORWARDED ? [] : forwardedFor.split(",").map(plainAddress);
    const caller = hops.findLast((hop) => !isTrusted(hop));
    return { limited: limitedAddress(caller !== undefined && isIP(caller) !== 0 ? caller : direct), proxied: true };
  };
}

interface Block {
  readonly address: string;
  readonly prefix: number;
}

/** An IP address or a CIDR block; `undefined` for other text. */
export function parseBlock(text: string): Block | undefined {
  const [address = "", prefixText, ...more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || address.includes("%") || more.length > 0) return undefined;
  const max = version === 6 ? 128 : 32;
  const prefix = prefixText === undefined ? max : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : max + 1;
  return prefix > max ? undefined : { address, prefix };
}

/** An address without white space, zone, port and the IPv6 form of IPv4. */
function plainAddress(text: string): string {
  const trimmed = text.trim().replace(/%.*$/, "");
  const unwrapped =
    /^\[(.+)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  return mappedAddress(unwrapped) ?? unwrapped;
}

/** The IPv4 address of its IPv6 form, in any spelling: `::ffff:1.2.3.4`, `::FFFF:102:304`, `0:0:0:0:0:ffff:1.2.3.4`. */
function mappedAddress(address: string): string | undefined {
  if (!/ffff:/i.test(address) || !isIPv6(address)) return undefined;
  const [, high, low] = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(new URL(`http://[${address}]`).hostname) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]).join(".");
}

/** The address that limits count by. One customer has at least 2^64 addresses of IPv6 (RFC 6177), so these share one. */
export function limitedAddress(address: string | undefined): string {
  if (address === undefined) return "unknown";
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.toLowerCase().split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array<string>(Math.max(0, gap)).fill("0"), ...last];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
