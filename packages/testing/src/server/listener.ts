import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { createServer, type Server as HttpsServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TlsOptions } from "node:tls";

type Exchange = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => void;

export interface ListenerOptions {
  readonly tls: TlsOptions;
  /** `h1`: HTTP/1.1 alone, as AWS speaks it; `h2`: HTTP/2 alone; `both`: what ALPN says. */
  readonly http: "h1" | "h2" | "both";
  readonly port: number;
  readonly exchange: Exchange;
  /** Called for each connection: other TLS options for it, or `reset` to close it before the handshake. */
  connection(): TlsOptions | "reset" | undefined;
}

/** A TLS server on the loopback interface. */
export interface Listener {
  readonly port: number;
  /** Ends every connection, including those with a request in progress. */
  close(): Promise<void>;
}

export async function listen(options: ListenerOptions): Promise<Listener> {
  const server = createHttpServer(options);
  const sockets = new Set<Socket>();
  let faulted = false;
  // The TLS server reads its secure context in its own connection listener, so these two listeners run before and after
  // it.
  server.prependListener("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // Tests reset connections on purpose; an error without a listener would end the process.
    socket.on("error", () => undefined);
    const fault = options.connection();
    if (fault === "reset") socket.resetAndDestroy();
    else if (fault !== undefined) {
      faulted = true;
      server.setSecureContext(fault);
    }
  });
  server.on("connection", () => {
    if (faulted) server.setSecureContext(options.tls);
    faulted = false;
  });
  server.on("tlsClientError", (_error, socket: Socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function createHttpServer({ tls, http, exchange }: ListenerOptions): HttpsServer {
  if (http === "h1") return createServer(tls, exchange);
  const server = createSecureServer({ ...tls, allowHTTP1: http === "both" }, exchange);
  server.on("sessionError", () => undefined);
  return server as unknown as HttpsServer;
}
