import type { Readable, Stream } from "node:stream";
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
import untypedReadable from "undici/lib/api/readable.js";
// @ts-expect-error -- no types
import untypedUtil from "undici/lib/core/util.js";
// @ts-expect-error -- no types
import untypedUnwrapHandler from "undici/lib/handler/unwrap-handler.js";

/** `request`, `stream` and the like, which undici's index adds to every dispatcher. */
export const api: Pick<UndiciDispatcher, "request" | "stream" | "pipeline" | "upgrade" | "connect"> = untypedApi;

export const Dispatcher: typeof UndiciDispatcher = untypedDispatcher;

export const Client: typeof UndiciClient = untypedClient;

/** Gives handlers of undici's newer generation (`onRequestStart`) the methods of the older one (`onConnect`). */
export const UnwrapHandler: {
  unwrap(handler: UndiciDispatcher.DispatchHandler): UndiciDispatcher.DispatchHandler;
} = untypedUnwrapHandler;

/** The body of an answer, with `text()`, `json()` and the like. */
export const BodyReadable: new (options: {
  readonly resume: () => void;
  readonly abort: (error?: Error) => void;
  readonly contentType: string | undefined;
  readonly contentLength: number | null;
}) => UndiciDispatcher.ResponseData["body"] & Readable = (untypedReadable as { Readable: never }).Readable;

/** undici's helpers for headers and streams. */
export const undiciUtil: {
  parseHeaders(raw: readonly (Buffer | string)[], into?: Record<string, string>): Record<string, string | string[]>;
  destroy(stream: Stream, error: Error): void;
  isStream(body: unknown): body is Stream;
} = untypedUtil;
