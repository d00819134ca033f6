import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Identity } from "./authority.ts";

/** An HTTP/2 server on loopback. */
export interface Http2Server {
  readonly url: string;
  readonly port: number;
  readonly streams: () => number;
  readonly sessions: () => number;
  /** Resets every connection. */
  reset(): void;
  close(): Promise<void>;
}

export async function startHttp2Server(
  identity: Pick<Identity, "cert" | "key">,
  options: http2.SecureServerOptions = {},
  onStream: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void = (stream) => {
    stream.respond({ ":status": 200 });
    stream.end("over h2");
  },
): Promise<Http2Server> {
  let streams = 0;
  let opened = 0;
  const sessions = new Set<http2.ServerHttp2Session>();
  const sockets = new Set<Socket>();
  const server = http2.createSecureServer({ cert: identity.cert, key: identity.key, ...options });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.on("session", (session) => {
    opened++;
    sessions.add(session);
    session.on("error", () => {}).on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    streams++;
    stream.on("error", () => {});
    onStream(stream, headers);
  });
  server.on("sessionError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    port,
    streams: () => streams,
    sessions: () => opened,
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}
