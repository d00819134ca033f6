import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { OpenConnection } from "../connection/open-connection.ts";
import { authority, parseOrigin } from "../connection/origin.ts";
import { TransportError } from "../errors/error.ts";
import type { ConnectionAttempt } from "./connection-attempt.ts";
import { bodyTooLong, Deadline } from "./deadline.ts";
import { failWhenCut } from "./fail-when-cut.ts";
import { isInterim, notFinal } from "./final-status.ts";

/** Opens an HTTP/2 session. */
export type ConnectHttp2 = (
  origin: string | URL,
  started?: ConnectionAttempt["started"],
) => Promise<ClientHttp2Session>;

/** Makes `transport.connectHttp2`. It calls `track` with each session. */
export function createConnectHttp2(open: OpenConnection, track: (session: ClientHttp2Session) => void): ConnectHttp2 {
  return async function connectHttp2(origin, started) {
    const { host, port, plaintext } = parseOrigin(origin);
    // Loading it takes as long as a handshake.
    const http2 = await import("node:http2");
    const { socket, report } = await open({ host, port, plaintext, alpn: ["h2"] }, started);
    if (report !== undefined && (socket as TLSSocket).alpnProtocol !== "h2") {
      socket.destroy();
      throw new TransportError("TLS_PROTOCOL_REFUSED", `${authority(host, port)}: the server does not speak HTTP/2`, {
        phase: "handshake",
        handshake: report,
      });
    }
    const session = http2.connect(`${plaintext ? "http" : "https"}://${authority(host, port)}`, {
      createConnection: () => socket,
      // Nothing reads a pushed answer, and its errors would end the process.
      settings: { enablePush: false },
      maxSessionMemory,
    });
    // The session's streams fail with the same error. Without a listener it would also end the process.
    session.on("error", () => {});
    endWithSession(session, socket);
    failWhenCut(session, socket, authority(host, port));
    track(session);
    return session;
  };
}

/**
 * In megabytes: no limit in practice. Node counts the bodies of requests in memory too: above the limit it refuses the
 * answers to all requests of the session. What a server can fill is limited for each stream and each head.
 */
const maxSessionMemory = 1_000_000;

/** How long the last bytes of a destroyed session may take to leave, in milliseconds. */
const lingerMs = 1_000;

/**
 * Ends the connection of a session that is destroyed. Node itself waits for a server that has sent GOAWAY to end its side, and
 * for one that reads nothing to read on.
 */
function endWithSession(session: ClientHttp2Session, socket: Socket): void {
  const destroy = session.destroy.bind(session);
  session.destroy = (...args) => {
    const isFirst = !session.destroyed;
    destroy(...args);
    if (!isFirst || socket.destroyed) return;
    const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
    socket.once("close", () => clearTimeout(timer));
  };
}

/** The limits of an answer over HTTP/2, in milliseconds. 0: no limit. */
export interface AnswerLimits {
  readonly headersMs: number;
  readonly bodyMs: number;
}

/**
 * Ends a stream whose answer has no head within `headersMs`, or a status that ends no request, or whose body lasts longer
 * than `bodyMs`.
 */
export function limitAnswer(stream: ClientHttp2Stream, host: string, { headersMs, bodyMs }: AnswerLimits): void {
  // Informational answers (1xx) are no `response`.
  let deadline = new Deadline(headersMs, () =>
    stream.destroy(
      new TransportError("HEADERS_TIMEOUT", `${host}: sent no head of an answer within ${headersMs} ms`, {
        phase: "request",
        sent: true,
      }),
    ),
  );
  stream
    .once("response", (headers) => {
      deadline.clear();
      if (isInterim(headers[":status"])) {
        stream.destroy(notFinal(host));
        return;
      }
      deadline = new Deadline(bodyMs, () => stream.destroy(bodyTooLong(host, bodyMs)));
    })
    .once("close", () => deadline.clear());
}

/** Holds every stream of a session to the limit. */
export function limitAnswers(session: ClientHttp2Session, host: string, limits: AnswerLimits): ClientHttp2Session {
  const request = session.request.bind(session);
  session.request = function limited(...args): ClientHttp2Stream {
    const stream = request(...args);
    limitAnswer(stream, host, limits);
    return stream;
  };
  return session;
}
