import http from "node:http";
import http2 from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { closeWhenQuiet, type Incoming, type Outgoing, outgoingOf } from "../message.ts";

/** Limits for heads of requests; bodies have the idle limit of the connection. */
export const SERVER_LIMITS: http.ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 0,
  keepAliveTimeout: 60_000,
  maxHeaderSize: 32_768,
  connectionsCheckingInterval: 5_000,
  insecureHTTPParser: false,
  requireHostHeader: true,
};
const HTTP2_LIMITS: http2.ServerOptions = {
  maxHeaderListPairs: 128,
  settings: { maxConcurrentStreams: 256, maxHeaderListSize: 32_768, enableConnectProtocol: false },
};
/** A connection on which nothing moves for this long is ended. */
const IDLE_MS = 120_000;
/** How long a client that speaks no TLS may take to begin. */
const FIRST_BYTES_MS = 10_000;
/** The beginning of every HTTP/2 connection (RFC 9113, section 3.4). No HTTP/1.1 method begins with it. */
const PREFACE = Buffer.from("PRI ");

/** Answers requests. @param known what the connection tells. */
export type Answer<Known> = (request: Incoming, response: Outgoing, known: Known) => Promise<void>;

/** HTTP/1.1 and HTTP/2 on connections that are handed over. */
export interface Protocols<Known> {
  /** Serves a connection whose TLS handshake chose the protocol. */
  serve(socket: TLSSocket, known: Known): void;
  /** Serves a connection without TLS: its first bytes tell the protocol. */
  detect(socket: Socket, known: Known): void;
  /** Ends idle connections, and others when their requests are answered. */
  close(): void;
}

interface Http1Connection<Known> {
  readonly known: Known;
  /** The answer to the request that came last. */
  newest: http.ServerResponse | undefined;
}

/** The protocols to offer in a TLS handshake. */
export const ALPN_PROTOCOLS: string[] = ["h2", "http/1.1"];

/** Makes the two servers. Neither listens by itself. */
export function createProtocols<Known extends object>(answer: Answer<Known>): Protocols<Known> {
  const knownOf = new WeakMap<object, Known>();
  const sessions = new Set<http2.ServerHttp2Session>();
  const connections = new Map<Socket, Http1Connection<Known>>();
  let isClosing = false;

  const http1 = http.createServer(SERVER_LIMITS);
  const overHttp1 = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    const connection = connections.get(request.socket);
    if (connection === undefined) {
      response.destroy();
      return;
    }
    connection.newest = response;
    // Node leaves connections open whose clients ask again before the server closes.
    if (isClosing) response.shouldKeepAlive = false;
    void answer(request, response, connection.known);
  };
  // Whether to go on is decided when the head was judged: the exchange answers 100 itself.
  http1.on("request", overHttp1).on("checkContinue", overHttp1);
  http1.setTimeout(IDLE_MS);
  // A server that does not listen would not enforce its limits: the check of its connections begins with this event.
  http1.emit("listening");

  const http2Server = http2.createServer(HTTP2_LIMITS);
  const overHttp2 = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse): void => {
    const known = request.stream.session && knownOf.get(request.stream.session);
    if (known === undefined) request.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    else void answer(request, outgoingOf(response), known);
  };
  http2Server.on("request", overHttp2).on("checkContinue", overHttp2);
  http2Server.setTimeout(IDLE_MS);
  http2Server.on("sessionError", () => undefined);

  function serve(socket: Socket, known: Known, isHttp2: boolean): void {
    if (!isHttp2) {
      connections.set(socket, { known, newest: undefined });
      socket.once("close", () => connections.delete(socket));
      http1.emit("connection", socket);
      return;
    }
    // Only HTTP/1.1 answers a client that has ended its side.
    socket.allowHalfOpen = false;
    // Where a client has sent GOAWAY, Node would wait for it to end its side too, without a limit.
    socket.once("finish", () => closeWhenQuiet(socket, IDLE_MS));
    http2Server.once("session", (session) => {
      knownOf.set(session, known);
      sessions.add(session);
      session.once("close", () => sessions.delete(session));
      // Later, so that the requests in its first bytes are answered.
      if (isClosing) setImmediate(() => session.close());
    });
    http2Server.emit("connection", socket);
  }

  return {
    serve: (socket, known) => serve(socket, known, socket.alpnProtocol === "h2"),
    detect(socket, known) {
      let first: Buffer = Buffer.alloc(0);
      const gone = (): void => void socket.destroy();
      const timer = setTimeout(gone, FIRST_BYTES_MS);
      socket.on("error", gone).once("end", gone).on("readable", look);
      socket.once("close", () => clearTimeout(timer));
      function look(): void {
        const piece = socket.read() as Buffer | null;
        if (piece === null) return;
        first = Buffer.concat([first, piece]);
        const compared = Math.min(first.length, PREFACE.length);
        const begins = first.subarray(0, compared).equals(PREFACE.subarray(0, compared));
        if (begins && compared < PREFACE.length) return;
        clearTimeout(timer);
        socket.off("readable", look).off("end", gone).off("error", gone);
        socket.unshift(first);
        serve(socket, known, begins);
      }
    },
    close() {
      isClosing = true;
      for (const [socket, connection] of connections) {
        const { newest } = connection;
        if (newest === undefined || newest.writableFinished) continue;
        newest.shouldKeepAlive = false;
        // Where its head has left, its client does not know that it is the last one.
        if (newest.headersSent) newest.once("finish", () => connection.newest === newest && socket.destroySoon());
      }
      http1.close();
      for (const session of sessions) session.close();
    },
  };
}
