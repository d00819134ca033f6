import type { Socket } from "node:net";
import { net } from "../builtin.ts";
import { ByteReader } from "./byte-reader.ts";
import { type SocksProxy, type TunnelTarget, proxyRefused } from "./proxy.ts";

const version = 5;
const withoutAuthentication = 0;
const withPassword = 2;
const connect = 1;

/** Kinds of address in requests and replies (RFC 1928, section 5). */
const ipv4 = 1;
const domain = 3;
const ipv6 = 4;

/** RFC 1928, section 6. */
const replies: readonly string[] = [
  "succeeded",
  "has a general failure",
  "does not allow this connection by its rules",
  "cannot reach the network",
  "cannot reach the host",
  "says that the host refused the connection",
  "says that the time to live expired",
  "does not know the command CONNECT",
  "does not know this type of address",
];

/**
 * Asks a SOCKS5 proxy for a tunnel (RFC 1928), with a user name and password where the proxy's URL has them (RFC 1929).
 * The host's name goes to the proxy as it is, and the proxy resolves it.
 *
 * undici's SOCKS5 client and the package `socks` are not used. undici's is internal and experimental, and answers a
 * proxy that skips the authentication it was configured with; `socks` brings two dependencies for these 60 lines.
 *
 * @throws {TransportError} `PROXY_REFUSED`.
 */
export async function openSocksTunnel(socket: Socket, proxy: SocksProxy, target: TunnelTarget): Promise<void> {
  const refuse = (reason: string): never => {
    throw proxyRefused(proxy, target, reason);
  };
  const address = addressBytes(target.host) ?? refuse("needs a host name of at most 255 bytes");
  const method = proxy.credentials === undefined ? withoutAuthentication : withPassword;
  const reader = new ByteReader(socket);

  socket.write(Buffer.from([version, 1, method]));
  const [spoken, chosen] = await reader.bytes(2);
  if (spoken !== version) refuse("did not answer in SOCKS5");
  if (chosen !== method) {
    refuse(
      proxy.credentials === undefined
        ? "wants credentials; put them into the proxy's URL"
        : "does not accept a user name and password",
    );
  }

  if (proxy.credentials !== undefined) {
    socket.write(proxy.credentials);
    const [, status] = await reader.bytes(2);
    if (status !== 0) refuse("wants other credentials; put them into the proxy's URL");
  }

  socket.write(Buffer.from([version, connect, 0, ...address, target.port >> 8, target.port & 0xff]));
  const [answered, reply = 1, , kind] = await reader.bytes(4);
  if (answered !== version) refuse("did not answer in SOCKS5");
  if (reply !== 0) refuse(replies[reply] ?? `failed with the reply ${reply}`);
  // The address that the proxy connects from, and its port. Neither is used.
  const length = kind === ipv4 ? 4 : kind === ipv6 ? 16 : kind === domain ? (await reader.bytes(1)).readUInt8() : -1;
  if (length < 0) refuse("did not answer in SOCKS5");
  await reader.bytes(length + 2);
  // A TLS server waits for the client, so bytes that come with the answer are the proxy's own.
  if (reader.release() > 0) refuse("sent data of its own into the tunnel");
}

/** The credentials as RFC 1929, section 2 has them; `undefined` if one is empty or longer than 255 bytes. */
export function socksCredentials(username: string, password: string): Buffer | undefined {
  const parts = [Buffer.from(username), Buffer.from(password)];
  if (!parts.every(({ length }) => length > 0 && length <= 255)) return undefined;
  return Buffer.concat([Buffer.from([1]), ...parts.flatMap((part) => [Buffer.from([part.length]), part])]);
}

function addressBytes(host: string): readonly number[] | undefined {
  if (net.isIPv4(host)) return [ipv4, ...host.split(".").map(Number)];
  if (net.isIPv6(host)) return [ipv6, ...ipv6Bytes(host)];
  const name = Buffer.from(host);
  return name.length > 0 && name.length <= 255 ? [domain, name.length, ...name] : undefined;
}

function ipv6Bytes(host: string): readonly number[] {
  // `URL` writes every IPv6 address in hexadecimal groups, with `::` for the longest run of zeros.
  const [before = "", after] = new URL(`https://[${host}]/`).hostname.slice(1, -1).split("::");
  const groups = (part: string): readonly number[] => (part === "" ? [] : part.split(":").map((n) => parseInt(n, 16)));
  const [head, tail] = [groups(before), groups(after ?? "")];
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0);
  return [...head, ...zeros, ...tail].flatMap((group) => [group >> 8, group & 0xff]);
}
