import type { EventEmitter } from "node:events";
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";

/**
 * Makes undici end an answer over HTTP/2 with the last byte of its body, and a request whose body has no bytes at once.
 * undici ends an answer when its trailers arrive, and drops what a slow reader has not taken by then. It leaves a request of
 * length 0 open, for which the server waits.
 *
 * @returns the stream of the last request.
 */
export function watchStreams(session: ClientHttp2Session): () => ClientHttp2Stream | undefined {
  let last: ClientHttp2Stream | undefined;
  const request = session.request.bind(session);
  session.request = function watched(headers, options): ClientHttp2Stream {
    const isEmpty = (headers as OutgoingHttpHeaders)["content-length"] === "0";
    last = trailersLast(request(headers, isEmpty ? { ...options, endStream: true } : options));
    return last;
  };
  return () => last;
}

function trailersLast(stream: ClientHttp2Stream): ClientHttp2Stream {
  const emit = stream.emit.bind(stream) as (event: string | symbol, ...args: unknown[]) => boolean;
  let trailers: readonly Buffer[] | undefined;
  stream.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event === "trailers") {
      trailers = flatList(args[0] as IncomingHttpHeaders);
      return true;
    }
    if (event === "end" && trailers !== undefined) emit("trailers", trailers);
    return emit(event, ...args);
  };
  return stream;
}

/** Names and values in turn: undici's handlers want this form, and undici gives them Node's object. */
function flatList(headers: IncomingHttpHeaders): readonly Buffer[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((text) => [Buffer.from(name), Buffer.from(text)]),
  );
}

/** Error code of RFC 9113, section 7. */
const noError = 0;

/**
 * Lets the running request of a session finish when the server takes no more on it, which a GOAWAY without an error says
 * (RFC 9113, section 6.8), and the end of the connection after it. undici would fail the request, though its answer is on
 * its way or has arrived. If the server did not take the request, or breaks its answer off, Node ends the stream.
 *
 * @param isBusy whether a request is running.
 * @param leaving called when the connection is to be dropped after the running request.
 * @param ending called too when the connection has ended.
 */
export function finishRunning(
  session: ClientHttp2Session,
  socket: Socket,
  isBusy: () => boolean,
  leaving: () => void,
  ending: () => void,
): void {
  waitWhile(session, "goaway", "onHttp2SessionGoAway", (code) => code === noError && isBusy(), leaving);
  waitWhile(socket, "end", "onHttp2SocketEnd", isBusy, () => {
    leaving();
    ending();
  });
}

type Listener = (...args: readonly unknown[]) => void;

function waitWhile(
  emitter: EventEmitter,
  event: string,
  undicis: string,
  waits: (...args: readonly unknown[]) => boolean,
  leaving: () => void,
): void {
  const drop = emitter.listeners(event).find(({ name }) => name === undicis) as Listener | undefined;
  if (drop === undefined) return;
  emitter.removeListener(event, drop).on(event, (...args: readonly unknown[]) => {
    if (waits(...args)) leaving();
    else Reflect.apply(drop, emitter, args);
  });
}
