import type { Readable } from "node:stream";
import { isRecord } from "@countersign/signer/options";
import { stream } from "../builtin.ts";
import { authority, bareHost, isHost } from "../connection/origin.ts";
import { invalidRequest } from "../errors/error.ts";

/** An HTTP request as AWS SDK v3 clients make it: the parts of `@smithy/types`' `HttpRequest` that are read. */
export interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | null | undefined;
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>> | undefined;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** An HTTP response as AWS SDK v3 clients read it. */
export interface SdkResponse {
  readonly statusCode: number;
  readonly reason: string;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** What AWS SDK v3 clients pass with each request. */
export interface SdkHandlerOptions {
  /** Ends the request when it aborts. Default: no signal. */
  readonly abortSignal?: AbortSignal | object | undefined;
  /** Milliseconds until the head of the answer must be there. */
  readonly requestTimeout?: number | undefined;
  /** The body is an event stream, which needs HTTP/2. Default: false. */
  readonly isEventStream?: boolean | undefined;
}

/**
 * `https://host:port` of an SDK request.
 *
 * @throws {TransportError} `INVALID_REQUEST` if the host is more than a host: it would name another server in a URL.
 */
export function sdkOrigin({ protocol, hostname, port }: SdkRequest): string {
  const host = typeof hostname === "string" ? bareHost(hostname) : hostname;
  if (!isHost(host)) throw invalidRequest("hostname: must be a host name or an IP address");
  if (protocol !== "https:" && protocol !== "http:") throw invalidRequest('protocol: must be "https:"');
  if (port === undefined || port === null) return `${protocol}//${host.includes(":") ? `[${host}]` : host}`;
  const isPort = (typeof port === "number" || typeof port === "string") && /^\d{1,5}$/.test(String(port));
  if (!isPort || port < 1 || port > 65_535) throw invalidRequest("port: must be a whole number from 1 to 65535");
  return `${protocol}//${authority(host, port)}`;
}

/**
 * Path and query of an SDK request, in the encoding that was signed.
 *
 * @throws {TransportError} `INVALID_REQUEST` if the path does not start with a slash: it would extend the host's name.
 */
export function sdkPath({ path, query }: SdkRequest): string {
  if (typeof path !== "string" || !path.startsWith("/")) throw invalidRequest("path: must start with a slash");
  if (query !== undefined && query !== null && !isRecord(query)) throw invalidRequest("query: must be texts by name");
  const search = queryString(query ?? {});
  return search === "" ? path : `${path}?${search}`;
}

// Sorted by key, every reserved character encoded, `null` without a value: as the SDK's own handlers send it.
function queryString(query: NonNullable<SdkRequest["query"]>): string {
  const parts: string[] = [];
  for (const key of Object.keys(query).toSorted()) {
    const value = query[key];
    const name = escapeUri(key);
    if (Array.isArray(value)) parts.push(...value.map((item) => `${name}=${escapeUri(item)}`));
    else parts.push(typeof value === "string" ? `${name}=${escapeUri(value)}` : name);
  }
  return parts.join("&");
}

function escapeUri(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw invalidRequest("query: must be well-formed Unicode; remove lone surrogates");
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The body of an SDK request as undici and Node's streams take it. */
export function sdkBody(body: unknown): unknown {
  if (body instanceof ReadableStream) return stream.Readable.fromWeb(body as import("node:stream/web").ReadableStream);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  return body;
}

/** Whether a body is produced while it is sent. */
export function isStreaming(body: unknown): boolean {
  return body instanceof ReadableStream || (typeof body === "object" && body !== null && Symbol.asyncIterator in body);
}
