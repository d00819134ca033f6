import type { Socket } from "node:net";
import { authority } from "../connection/origin.ts";
import { ByteReader } from "./byte-reader.ts";
import { type HttpProxy, type TunnelTarget, proxyRefused } from "./proxy.ts";

/** As much as Node's own HTTP parser accepts. */
const maxHead = 16_384;

/**
 * Asks an HTTP proxy for a tunnel (RFC 9110, section 9.3.6). The proxy learns the host and port; the request goes through
 * TLS inside the tunnel.
 *
 * Node's HTTP client is not used: its parser errors quote the proxy's bytes, and a proxy may echo the credentials.
 *
 * @throws {TransportError} `PROXY_REFUSED`.
 */
export async function openHttpTunnel(socket: Socket, proxy: HttpProxy, target: TunnelTarget): Promise<void> {
  const refuse = (reason: string): never => {
    throw proxyRefused(proxy, target, reason);
  };
  const name = authority(target.host, target.port);
  const credentials = proxy.authorization === undefined ? "" : `Proxy-Authorization: ${proxy.authorization}\r\n`;
  const reader = new ByteReader(socket);
  socket.write(`CONNECT ${name} HTTP/1.1\r\nHost: ${name}\r\n${credentials}\r\n`);
  let status = 100;
  while (status < 200) {
    const head = (await reader.head(maxHead)) ?? "";
    const [, digits] = /^HTTP\/1\.[01] ([1-9]\d\d)[ \r]/.exec(head) ?? refuse("did not answer in HTTP/1.1");
    status = Number(digits);
  }
  if (status === 407) refuse("wants other credentials (407); put them into the proxy's URL");
  if (status > 299) refuse(`answered ${status}`);
  // A TLS server waits for the client, so bytes that come with the answer are the proxy's own.
  if (reader.release() > 0) refuse("sent data of its own into the tunnel");
}
