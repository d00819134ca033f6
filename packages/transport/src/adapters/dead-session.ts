import type { ClientHttp2Session } from "node:http2";
import { TransportError } from "../errors/error.ts";

/**
 * Tells whether a session of HTTP/2 may be dead: its server is gone, or one of both sides has given it up after an error
 * of the protocol, which Node does not report. Later requests on such a session would each wait for their time limit.
 *
 * @returns asks about the request that is sent now, when it has failed.
 */
export function watchForLife(session: ClientHttp2Session): (error: unknown) => boolean {
  const read = bytesRead(session);
  return (error) => session.destroyed || isLate(error) || bytesRead(session) === read;
}

/** A session that is destroyed has no socket any more. */
function bytesRead(session: ClientHttp2Session): number {
  return session.destroyed ? -1 : session.socket.bytesRead;
}

function isLate(error: unknown): boolean {
  return error instanceof TransportError && (error.code === "HEADERS_TIMEOUT" || error.code === "BODY_TIMEOUT");
}
