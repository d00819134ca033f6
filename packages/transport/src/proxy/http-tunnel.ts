import http from "node:http";
import type { Socket } from "node:net";
import { TransportError } from "../errors/error.ts";
import type { Proxy } from "./router.ts";

/** `host:port` as CONNECT and `Host` take it. */
export function authority(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Asks the proxy at the other end of `socket` for a tunnel (RFC 9110, section 9.3.6). What the proxy learns is the host
 * and port; the request goes through TLS inside the tunnel, never to the proxy in absolute form.
 *
 * @throws {TransportError} `PROXY_REFUSED`.
 */
export function openTunnel(socket: Socket, proxy: Proxy, host: string, port: number): Promise<void> {
  const target = authority(host, port);
  const refused = (reason: string): TransportError =>
    new TransportError("PROXY_REFUSED", `${target}: the proxy ${authority(proxy.host, proxy.port)} ${reason}`, {
      phase: "proxy",
    });
  return new Promise((resolve, reject) => {
    const request = http.request({
      method: "CONNECT",
      path: target,
      headers: {
        host: target,
        ...(proxy.authorization === undefined ? undefined : { "proxy-authorization": proxy.authorization }),
      },
      createConnection: () => socket,
    });
    request.on("error", reject);
    request.on("connect", (response, _socket, head) => {
      const status = response.statusCode ?? 0;
      if (status === 407) reject(refused("wants other credentials (407): put them into the proxy's URL"));
      else if (status < 200 || status > 299) reject(refused(`answered ${status}`));
      // TLS servers do not speak first: what comes with the answer was not sent by the origin.
      else if (head.length > 0) reject(refused("sent data of its own into the tunnel"));
      else resolve();
    });
    request.end();
  });
}
