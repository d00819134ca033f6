import { setMaxListeners } from "node:events";
import type { Duplex } from "node:stream";
import type { Incoming, Outgoing } from "../message.ts";

/** Of the connections of HTTP/1.1: a controller is made once for all requests of a connection. */
const ofConnection = new WeakMap<Duplex, AbortSignal>();

/** Aborts when the client of a request leaves before it is answered. */
export function presenceOf(incoming: Incoming, outgoing: Outgoing): AbortSignal {
  if ("stream" in incoming) {
    const { stream } = incoming;
    const leaving = new AbortController();
    if (stream.destroyed) leaving.abort();
    else
      stream.once("close", () => {
        if (stream.rstCode !== 0 || !outgoing.writableEnded) leaving.abort();
      });
    return leaving.signal;
  }
  // An answer of HTTP/1.1 that cannot end ends its connection, and the connection serves one request after the other.
  const { socket } = incoming;
  const known = ofConnection.get(socket);
  if (known !== undefined) return known;
  const leaving = new AbortController();
  // A client may send many requests before it reads the first answer.
  setMaxListeners(0, leaving.signal);
  if (socket.destroyed) leaving.abort();
  else socket.once("close", () => leaving.abort());
  ofConnection.set(socket, leaving.signal);
  return leaving.signal;
}
