import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";

/** The error code of RFC 9113, section 7: with it, the request was not processed (section 8.7). */
const refusedStream = 0x07;

/**
 * Watches which requests of a session its server says that it has not processed, and will not: it refuses the stream, or its
 * GOAWAY names an earlier stream as the last one (RFC 9113, section 6.8).
 *
 * @returns asks about a request that has failed without an answer.
 */
export function watchUnprocessed(session: ClientHttp2Session): (stream: ClientHttp2Stream | undefined) => boolean {
  let last = Infinity;
  // Before the listeners that fail the requests.
  session.prependListener("goaway", (_code, id) => (last = Math.min(last, id)));
  return (stream) => stream !== undefined && (stream.rstCode === refusedStream || (stream.id ?? 0) > last);
}
