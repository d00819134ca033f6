import type { Client as UndiciClient, Dispatcher as UndiciDispatcher } from "undici";
// undici's index also loads WebSocket, caches, mocks and a `fetch`, and takes four times as long to import as these
// parts. undici has types for its index only.
// @ts-expect-error -- no types
import untypedApi from "undici/lib/api/index.js";
// @ts-expect-error -- no types
import untypedDispatcher from "undici/lib/dispatcher/dispatcher.js";
// @ts-expect-error -- no types
import untypedClient from "undici/lib/dispatcher/client.js";
// @ts-expect-error -- no types
import untypedUtil from "undici/lib/core/util.js";
// @ts-expect-error -- no types
import untypedUnwrapHandler from "undici/lib/handler/unwrap-handler.js";
import type { ReadHeaders } from "./exchange.ts";

/** undici's functions that its index adds to every dispatcher. They are called with a dispatcher as `this`. */
export type UndiciApi = Pick<UndiciDispatcher, "request" | "stream" | "pipeline" | "upgrade" | "connect">;

export const api: UndiciApi = untypedApi;

/** For its method `compose`, which applies interceptors to a dispatcher. */
export const Dispatcher: typeof UndiciDispatcher = untypedDispatcher;

export const Client: typeof UndiciClient = untypedClient;

/** Gives handlers of undici's newer generation (`onRequestStart`) the methods of the older one (`onConnect`). */
export const UnwrapHandler: {
  unwrap(handler: UndiciDispatcher.DispatchHandler): UndiciDispatcher.DispatchHandler;
} = untypedUnwrapHandler;

export const parseHeaders: ReadHeaders = untypedUtil.parseHeaders;
