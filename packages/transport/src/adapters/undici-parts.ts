import type { Client as UndiciClient, Dispatcher as UndiciDispatcher } from "undici";
// undici's index also loads WebSocket, caches, mocks and a `fetch`, and takes four times as long to import as these
// parts. undici has types for its index only.
// @ts-expect-error -- no types
import api from "undici/lib/api/index.js";
// @ts-expect-error -- no types
import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
// @ts-expect-error -- no types
import Client from "undici/lib/dispatcher/client.js";
// @ts-expect-error -- no types
import symbols from "undici/lib/core/symbols.js";
// @ts-expect-error -- no types
import util from "undici/lib/core/util.js";
// @ts-expect-error -- no types
import UnwrapHandler from "undici/lib/handler/unwrap-handler.js";
// @ts-expect-error -- no types
import WrapHandler from "undici/lib/handler/wrap-handler.js";
import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { ReadHeaders } from "./exchange.ts";
import type { UndiciParser } from "./undici-parser.ts";

/** The parts of undici that a transport uses. */
export interface UndiciParts {
  /** The functions that undici's index adds to every dispatcher. They are called with a dispatcher as `this`. */
  readonly api: Pick<UndiciDispatcher, "request" | "stream" | "pipeline" | "upgrade" | "connect">;
  /** For its method `compose`, which applies interceptors to a dispatcher. */
  readonly Dispatcher: typeof UndiciDispatcher;
  readonly Client: typeof UndiciClient;
  /** Gives handlers of undici's newer generation (`onRequestStart`) the methods of the older one (`onConnect`). */
  readonly UnwrapHandler: { unwrap(handler: UndiciDispatcher.DispatchHandler): UndiciDispatcher.DispatchHandler };
  /** Gives handlers of the older generation the methods of the newer one too. */
  readonly WrapHandler: { wrap(handler: UndiciDispatcher.DispatchHandler): UndiciDispatcher.DispatchHandler };
  readonly parseHeaders: ReadHeaders;
  /** The connection of a client, with its session if it speaks HTTP/2, and with its parser otherwise. */
  connectionOf(client: UndiciClient): {
    readonly socket?: Socket | null;
    readonly session?: ClientHttp2Session | null;
    readonly parser?: UndiciParser | null;
  };
  /** Sets the error of a connection that will end: when a session ends without one, undici throws a TypeError. */
  willEnd(socket: Socket, error: Error): void;
}

const { kError, kSocket, kHTTP2Session, kParser } = symbols as Readonly<Record<string, symbol>>;

export const undiciParts: UndiciParts = {
  api,
  Dispatcher,
  Client,
  UnwrapHandler,
  WrapHandler,
  parseHeaders: util.parseHeaders,
  connectionOf(client) {
    const session = member(client, kHTTP2Session) as ClientHttp2Session;
    const socket = member(client, kSocket) as Socket;
    return { socket, session, parser: member(socket, kParser) as UndiciParser };
  },
  willEnd(socket, error) {
    if (kError !== undefined) (socket as unknown as Record<symbol, unknown>)[kError] = error;
  },
};

function member(of: object | null | undefined, symbol: symbol | undefined): unknown {
  return symbol && (of as Record<symbol, unknown> | null | undefined)?.[symbol];
}
