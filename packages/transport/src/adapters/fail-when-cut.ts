import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { TransportError, type TransportPhase } from "../errors/error.ts";

/**
 * Makes the streams of a session fail when they end without the server's END_STREAM, which alone shows that an answer is
 * complete (RFC 9113, section 8.1). Node ends such a stream as if the answer were complete: when the connection ends
 * below it, and when the server resets it with NO_ERROR or CANCEL.
 */
export function failWhenCut(session: ClientHttp2Session, socket: Socket, host: string): void {
  let isCut = false;
  // Before Node's own listener, which closes the streams. What this side destroys is no cut.
  socket.prependOnceListener("close", () => (isCut = !session.destroyed));
  const request = session.request.bind(session);
  session.request = function watched(...args): ClientHttp2Stream {
    const stream = request(...args);
    failWithoutEnd(stream, () => isCut, host);
    return stream;
  };
}

function failWithoutEnd(stream: ClientHttp2Stream, isCut: () => boolean, host: string): void {
  const [push, close, destroy] = [stream.push.bind(stream), stream.close.bind(stream), stream.destroy.bind(stream)];
  let phase: "request" | "response" = "request";
  let isComplete = false;
  let isOurs = false;
  stream.once("response", () => (phase = "response"));
  // After a reset by the server, Node calls these functions when the stream is closed already.
  const callerEnds = (): void => {
    if (!stream.closed && !isCut()) isOurs = true;
  };
  stream.push = (chunk, ...rest) => {
    if (chunk === null && !stream.closed) isComplete = true;
    if (chunk !== null || isComplete || isOurs) return push(chunk, ...rest);
    // Not at once: Node has not finished with the reset.
    process.nextTick(() => stream.destroy());
    return false;
  };
  stream.close = (...args) => {
    callerEnds();
    close(...args);
  };
  stream.destroy = (error) => {
    callerEnds();
    // Node has errors of its own for all other codes.
    const isSilent = stream.rstCode === noError || stream.rstCode === cancel;
    return destroy(error ?? (isSilent && !isComplete && !isOurs ? cut(host, phase) : undefined));
  };
}

/** Error codes of RFC 9113, section 7. */
const noError = 0;
const cancel = 8;

function cut(host: string, phase: TransportPhase): TransportError {
  return new TransportError("CONNECTION_LOST", `${host}: the answer broke off; its end did not arrive`, {
    phase,
    sent: true,
  });
}
