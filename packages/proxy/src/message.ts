import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";

/** A request of a client, over HTTP/1.1 or HTTP/2. */
export type Incoming = IncomingMessage | Http2ServerRequest;

/** The answer to a client: what `ServerResponse` and the `Http2ServerResponse` have in common. */
export type Outgoing = ServerResponse;

/** The answer in its common form. The compatibility API of node:http2 has all members that the proxy uses. */
export function outgoingOf(response: ServerResponse | Http2ServerResponse): Outgoing {
  return response as ServerResponse;
}

/** The address of the client; `undefined` for a Unix socket, and when the client is gone. */
export function addressOf(incoming: Incoming): string | undefined {
  const socket = "stream" in incoming ? incoming.stream.session?.socket : incoming.socket;
  return socket?.remoteAddress;
}

/**
 * Resolves when the client has taken its answer or has left. Until then the answer is in memory.
 *
 * @param signal aborts when the client leaves.
 */
export async function taken(incoming: Incoming, outgoing: Outgoing, signal: AbortSignal): Promise<void> {
  // Over HTTP/2 the answer of Node's compatibility API has finished only when the client has ended its request too.
  const channel = "stream" in incoming ? incoming.stream : outgoing;
  if (channel.writableFinished || channel.destroyed || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      channel.off("finish", done).off("close", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    channel.on("finish", done).on("close", done);
    signal.addEventListener("abort", done);
  });
}

/** RST_STREAM's INTERNAL_ERROR. https://www.rfc-editor.org/rfc/rfc9113.html#ErrorCodes */
const INTERNAL_ERROR = 0x2;

/** Breaks an answer off, so that its client cannot take what it has for the whole. */
export function breakOff(incoming: Incoming, outgoing: Outgoing): void {
  // Destroyed without a code, a stream of HTTP/2 would seem to have ended in order.
  if ("stream" in incoming) incoming.stream.close(INTERNAL_ERROR);
  else outgoing.destroy();
}

/** How long a client that was answered may take to notice before its stream is closed. */
const LINGER_MS = 1_000;

/** Closes a stream that was answered before all of its request was read. Not at once: a reset can overtake the end of the answer. */
export function linger(stream: ServerHttp2Stream): void {
  if (stream.closed) return;
  const timer = setTimeout(() => stream.destroy(), LINGER_MS);
  stream.once("close", () => clearTimeout(timer));
}

/**
 * Closes a connection that has ended here when its client sends nothing for so long, or half of it. Not sooner: the system
 * holds megabytes of answers for a client that reads slowly, and drops them when the client acknowledges some of them on a
 * closed connection.
 */
export function closeWhenQuiet(socket: Socket, quietMs: number): void {
  if (socket.destroyed) return;
  let before = socket.bytesRead;
  // Not by its events: a session of Node that is destroyed still takes what comes.
  const timer = setInterval(() => {
    if (socket.bytesRead === before) socket.destroy();
    before = socket.bytesRead;
  }, quietMs / 2);
  socket.once("close", () => clearInterval(timer));
}
