import { once } from "node:events";
import type { RequestListener } from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Identity } from "./authority.ts";

/** An HTTPS server on loopback that counts what it sees. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly server: https.Server;
  /** TCP connections accepted. */
  readonly connections: () => number;
  /** Requests of which the head arrived. */
  readonly requests: () => number;
  close(): Promise<void>;
}

export async function startServer(
  identity: Pick<Identity, "cert" | "key">,
  options: https.ServerOptions = {},
  handler: RequestListener = (request, response) => {
    request.resume().on("end", () => response.end(`${request.method} ${request.url}`));
  },
): Promise<TestServer> {
  let connections = 0;
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = https.createServer({ cert: identity.cert, key: identity.key, ...options }, (request, response) => {
    requests++;
    handler(request, response);
  });
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    port,
    server,
    connections: () => connections,
    requests: () => requests,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close").catch(() => {});
    },
  };
}
