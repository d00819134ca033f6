import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { TransportError } from "../errors/error.ts";

/**
 * Makes the streams of a session fail when its connection ends below them. Node ends such a stream as if the answer were
 * complete (`end`, with the code CANCEL), so anyone on the way could cut an answer short: TLS shows the end of a
 * connection to Node, and HTTP/2 shows the end of an answer in its own frames alone (RFC 9113, section 8.1).
 */
export function failWhenCut(session: ClientHttp2Session, socket: Socket, host: string): void {
  let isCut = false;
  // Before Node's own listener. What this side destroys is no cut.
  socket.prependOnceListener("close", () => (isCut = !session.destroyed));
  const request = session.request.bind(session);
  session.request = function watched(...args): ClientHttp2Stream {
    const stream = request(...args);
    const emit = stream.emit.bind(stream) as (event: string | symbol, ...values: unknown[]) => boolean;
    let hasFailed = false;
    stream.emit = (event: string | symbol, ...values: unknown[]): boolean => {
      // An iterator waits for `close`; then there is no `end`.
      const isEnd = event === "end" || event === "close";
      if (isEnd && !hasFailed && isCut && stream.rstCode !== 0) stream.emit("error", cut(host));
      if (event === "error") hasFailed = true;
      return event === "end" && hasFailed ? false : emit(event, ...values);
    };
    return stream;
  };
}

function cut(host: string): TransportError {
  return new TransportError("CONNECTION_LOST", `${host}: the connection ended before the answer did`, {
    phase: "response",
    sent: true,
  });
}
