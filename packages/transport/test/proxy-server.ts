import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo, type Socket } from "node:net";
import tls from "node:tls";
import type { Identity } from "./authority.ts";

/** A CONNECT proxy on loopback that records what it is asked. */
export interface ProxyServer {
  readonly url: string;
  readonly port: number;
  /** `CONNECT` targets with the credentials that came with them. */
  readonly asked: { readonly target: string; readonly authorization: string | undefined }[];
  /** Every byte that came through the tunnels towards the origins. */
  readonly carried: Buffer[];
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** Speaks TLS itself. */
  readonly tls?: Identity;
  readonly requires?: string;
  readonly status?: number;
  /** Takes the request for a tunnel and says nothing. */
  readonly silent?: boolean;
  /** Bytes of its own, sent right behind the answer. */
  readonly injects?: string;
  /** Ends TLS itself with this certificate instead of forwarding. */
  readonly intercepts?: Identity;
}

export async function startProxy(options: ProxyOptions = {}): Promise<ProxyServer> {
  const asked: ProxyServer["asked"] = [];
  const carried: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = options.tls === undefined ? http.createServer() : https.createServer({ ...options.tls });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.on("connect", (request: http.IncomingMessage, client: Socket) => {
    const authorization = request.headers["proxy-authorization"];
    asked.push({ target: request.url ?? "", authorization });
    client.on("error", () => {});
    if (options.requires !== undefined && authorization !== options.requires) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n");
      return;
    }
    if (options.silent === true) return;
    if (options.status !== undefined) {
      client.end(`HTTP/1.1 ${options.status} No\r\n\r\n`);
      return;
    }
    client.write(`HTTP/1.1 200 Connection established\r\n\r\n${options.injects ?? ""}`);
    if (options.intercepts !== undefined) {
      const inner = new tls.TLSSocket(client, {
        isServer: true,
        cert: options.intercepts.cert,
        key: options.intercepts.key,
      });
      inner
        .on("error", () => {})
        .on("data", (data: Buffer) => {
          carried.push(data);
          inner.end("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nintercepted");
        });
      return;
    }
    const [, host = "", port = ""] = /^\[?([^\]]*)\]?:(\d+)$/.exec(request.url ?? "") ?? [];
    const origin = net.connect(Number(port), host);
    sockets.add(origin);
    origin.on("error", () => client.destroy()).on("close", () => sockets.delete(origin));
    client.on("data", (data: Buffer) => carried.push(data));
    client.pipe(origin).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://localhost:${port}`,
    port,
    asked,
    carried,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close").catch(() => {});
    },
  };
}
