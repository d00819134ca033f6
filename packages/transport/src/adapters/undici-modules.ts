import type undici from "undici";
// undici has types for its index alone. The index loads WebSocket, caches, mocks and a `fetch` besides, and takes four
// times as long to import as these parts.
// @ts-expect-error -- no types
import untypedApi from "undici/lib/api/index.js";
// @ts-expect-error -- no types
import untypedDispatcher from "undici/lib/dispatcher/dispatcher.js";
// @ts-expect-error -- no types
import untypedClient from "undici/lib/dispatcher/client.js";

/** `request`, `stream` and the like, which undici's index gives to every dispatcher. */
export const api: Pick<undici.Dispatcher, "request" | "stream" | "pipeline" | "upgrade" | "connect"> = untypedApi;

export const Dispatcher: typeof undici.Dispatcher = untypedDispatcher;

export const Client: typeof undici.Client = untypedClient;
