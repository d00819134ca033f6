import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { Readable } from "node:stream";
import { stream as streams } from "../builtin.ts";
import { type ConnectHttp2, type AnswerLimits, limitAnswer } from "./connect-http2.ts";
import { awaitErrors } from "./body-stream.ts";
import { ConnectionAttempt } from "./connection-attempt.ts";
import { watchForLife } from "./dead-session.ts";
import { TransportError, invalidHeader, invalidRequest } from "../errors/error.ts";
import { mapError } from "../errors/foreign-error.ts";
import { unlessAborted } from "./unless-aborted.ts";
import { watchUnprocessed } from "./unprocessed.ts";
import { type SdkRequest, type SdkResponse, sdkBody, sdkOrigin, sdkPath } from "./sdk-request.ts";

/** One request over HTTP/2, with its limits. */
export interface Http2Request {
  readonly request: SdkRequest;
  readonly signal: AbortSignal | undefined;
  readonly headersMs: number;
  readonly bodyMs: number;
  /** 0: no limit, for streams that may be silent for long. */
  readonly bodyIdleMs: number;
  /** True: a session for this request alone, closed when the stream ends. False: the origin's shared session. */
  readonly isolated: boolean;
}

/** Sends requests over HTTP/2. */
export type SendHttp2 = (request: Http2Request) => Promise<SdkResponse>;

/** RFC 9113, section 8.2.2. `expect` would cost a round trip. */
const notSent: ReadonlySet<string> = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** SDK clients write `:authority` for a handler of HTTP/2, and `host` for others. Both are sent as `:authority`. */
const authorities: ReadonlySet<string> = new Set([":authority", "host"]);

/** A session, from when its connection attempt begins. */
interface Opening {
  readonly session: Promise<ClientHttp2Session>;
  readonly attempt: ConnectionAttempt;
  isOpen: boolean;
  /** Asks about a request of the session that has failed without an answer. */
  isUnprocessed: (stream: ClientHttp2Stream) => boolean;
  /** The session may be dead. It ends with the last of its requests. */
  isLeft: boolean;
  /** The requests that wait for the session. */
  waiting: number;
  /** Makes the next request open another session. */
  readonly forget: () => void;
}

/** The session, unless the signal aborts before. When no request waits for a session any more, its attempt ends. */
async function opened(opening: Opening, signal: AbortSignal | undefined): Promise<ClientHttp2Session> {
  opening.waiting++;
  try {
    return await unlessAborted(opening.session, signal);
  } finally {
    opening.waiting--;
    if (signal?.aborted === true && opening.waiting === 0 && !opening.isOpen) {
      opening.forget();
      opening.attempt.end();
      // The connection may have come at the same moment.
      opening.session.then((session) => session.close(), ignore);
    }
  }
}

function ignore(): void {}

/** Makes the HTTP/2 side of the request handler. */
export function createSendHttp2(connect: ConnectHttp2, idleMs: number): SendHttp2 {
  const shared = new Map<string, Opening>();
  /** The running streams of each session. A session without any does not keep the process alive. */
  const running = new WeakMap<ClientHttp2Session, number>();

  function count(session: ClientHttp2Session, change: 1 | -1): void {
    const streams = (running.get(session) ?? 0) + change;
    running.set(session, streams);
    if (streams === 0) session.unref();
    else session.ref();
  }

  function openSession(origin: string, forget: () => void, prepare: (session: ClientHttp2Session) => void): Opening {
    const attempt = new ConnectionAttempt();
    const session = connect(origin, attempt.started).then((connected) => {
      opening.isOpen = true;
      opening.isUnprocessed = watchUnprocessed(connected);
      connected.unref();
      prepare(connected);
      return connected;
    });
    const opening: Opening = {
      session,
      attempt,
      isOpen: false,
      isUnprocessed: () => false,
      isLeft: false,
      waiting: 0,
      forget,
    };
    session.catch(forget);
    return opening;
  }

  function sharedSession(origin: string): Opening {
    const known = shared.get(origin);
    if (known !== undefined) return known;
    const forget = (): void => {
      if (shared.get(origin) === opening) shared.delete(origin);
    };
    const opening = openSession(origin, forget, (session) => {
      // After GOAWAY running streams go on, new ones do not.
      session.once("goaway", forget).once("close", forget);
      session.setTimeout(idleMs, () => {
        forget();
        session.close();
      });
    });
    shared.set(origin, opening);
    return opening;
  }

  return async function sendHttp2({ request, signal, headersMs, bodyMs, bodyIdleMs, isolated }) {
    const origin = sdkOrigin(request);
    // Such as a name that ends in a number and is no address.
    if (!URL.canParse(origin)) throw invalidRequest("hostname: must be a host name or an IP address");
    const { host } = new URL(origin);
    signal?.throwIfAborted();
    // Read first: for a request that cannot be sent no connection is opened.
    const headers = http2Headers(request);
    const body = sendableBody(request.body);
    awaitErrors(body);
    const opening = isolated ? openSession(origin, ignore, ignore) : sharedSession(origin);
    const session = await opened(opening, signal);
    let stream: ClientHttp2Stream;
    try {
      if (signal?.aborted === true) throw signal.reason;
      stream = session.request(headers, { endStream: body === undefined });
    } catch (error) {
      if (isolated) session.destroy();
      throw signal?.aborted === true ? error : unsendable(error, host);
    }
    count(session, 1);
    const mayBeDead = watchForLife(session);
    stream.once("close", () => {
      count(session, -1);
      if (stream.errored !== null && mayBeDead(stream.errored)) {
        opening.forget();
        opening.isLeft = true;
      }
      // Not `close()` for a session that is left: Node would wait for its server.
      if (opening.isLeft && running.get(session) === 0) session.destroy();
      else if (isolated) session.close();
    });
    const answer = awaitAnswer(stream, host, signal, { headersMs, bodyMs, bodyIdleMs }, () =>
      opening.isUnprocessed(stream),
    );
    if (body !== undefined) writeBody(body, stream);
    return answer;
  };
}

/**
 * The body as a stream of HTTP/2 takes it. `undefined`: the request has no body.
 *
 * @throws {TransportError} `INVALID_REQUEST`.
 */
function sendableBody(body: unknown): string | Uint8Array | Readable | undefined {
  if (body === undefined || body === null || body === "") return undefined;
  const taken = sdkBody(body);
  if (typeof taken === "string" || taken instanceof Uint8Array || taken instanceof streams.Readable) return taken;
  if (typeof taken !== "object" || taken === null || !(Symbol.asyncIterator in taken))
    throw invalidRequest("body: must be text, bytes or a stream of bytes");
  return streams.Readable.from(taken as AsyncIterable<Uint8Array>, { objectMode: false });
}

function http2Headers(request: SdkRequest): Record<string, string> {
  const { method } = request;
  if (typeof method !== "string" || !/^[A-Z]+$/i.test(method) || method.toUpperCase() === "CONNECT")
    throw invalidRequest("method: must be letters, and not CONNECT");
  const headers: Record<string, string> = { ":method": method, ":path": sdkPath(request) };
  for (const [name, value] of Object.entries(request.headers)) {
    const lower = name.toLowerCase();
    if (value === undefined || notSent.has(lower)) continue;
    const sent = authorities.has(lower) ? ":authority" : lower;
    checkHeader(sent === ":authority" ? "host" : sent, value);
    if (headers[sent] !== undefined && headers[sent] !== value)
      throw invalidRequest("headers: must have each name once, and host and :authority must be the same");
    headers[sent] = value;
  }
  return headers;
}

/**
 * The error for a request that Node refused to send. For a session that has just ended the connection is lost and nothing
 * was sent; other errors are about the request itself.
 */
function unsendable(error: unknown, host: string): unknown {
  const mapped = mapError(error, { host, phase: "connect", sent: false });
  return mapped instanceof TransportError ? mapped : invalidRequest("headers: must be headers that HTTP/2 allows");
}

// Node sends a value with a line break over HTTP/2, which a server behind may turn into HTTP/1.1 (RFC 9113, section 8.2.1).
function checkHeader(name: string, value: string): void {
  const valid = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value);
  if (!valid) throw invalidHeader(name);
}

function writeBody(body: string | Uint8Array | Readable, stream: ClientHttp2Stream): void {
  if (typeof body === "string" || body instanceof Uint8Array) {
    stream.end(body);
    return;
  }
  // `pipeline` destroys the stream with the body's error, and the promise of the answer rejects with it. What Node throws
  // for a part that is neither text nor bytes would be uncaught; only streams of objects can have such parts.
  if (body.readableObjectMode) streams.pipeline(body, textOrBytes, stream, ignore);
  else streams.pipeline(body, stream, ignore);
}

async function* textOrBytes(parts: AsyncIterable<unknown>): AsyncGenerator<string | ArrayBufferView> {
  for await (const part of parts) {
    if (typeof part !== "string" && !ArrayBuffer.isView(part))
      throw invalidRequest("body: must be a stream of text or bytes");
    yield part;
  }
}

function awaitAnswer(
  stream: ClientHttp2Stream,
  host: string,
  signal: AbortSignal | undefined,
  { bodyIdleMs, ...limits }: AnswerLimits & { readonly bodyIdleMs: number },
  isUnprocessed: () => boolean,
): Promise<SdkResponse> {
  return new Promise((resolve, reject) => {
    let phase: "request" | "response" = "request";
    limitAnswer(stream, host, limits);
    const aborted = (): void => void stream.destroy(signal?.reason as Error);
    signal?.addEventListener("abort", aborted, { once: true });

    stream.once("response", (headers) => {
      if (stream.destroyed) return;
      phase = "response";
      if (bodyIdleMs > 0) {
        const late = new TransportError("BODY_TIMEOUT", `${host}: sent nothing for ${bodyIdleMs} ms`, {
          phase,
          sent: true,
        });
        stream.setTimeout(bodyIdleMs, () => stream.destroy(late));
      }
      resolve(response(headers, stream, host));
    });
    const fail = (error?: Error): void =>
      reject(streamError(error, host, phase, phase === "response" || !isUnprocessed()));
    stream.on("error", fail);
    stream.once("close", () => {
      signal?.removeEventListener("abort", aborted);
      fail();
    });
  });
}

function streamError(error: unknown, host: string, phase: "request" | "response", sent: boolean): Error {
  const foreign = error ?? Object.assign(new Error("the stream was closed"), { code: "ERR_HTTP2_STREAM_ERROR" });
  return mapError(foreign, { host, phase, sent }) as Error;
}

function response(headers: IncomingHttpHeaders, stream: ClientHttp2Stream, host: string): SdkResponse {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(":") && value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  // The reader of the body gets a `TransportError` instead of the stream's own error.
  const body = new streams.Readable({
    read() {
      stream.resume();
    },
    destroy(error, done) {
      stream.destroy();
      done(error);
    },
  });
  // An error of a body without a reader must not end the process.
  body.on("error", () => {});
  stream.on("data", (chunk: Buffer) => {
    if (!body.push(chunk)) stream.pause();
  });
  let hasEnded = false;
  stream.once("end", () => {
    hasEnded = true;
    body.push(null);
  });
  stream.once("close", () => {
    if (!hasEnded) body.destroy(streamError(stream.errored ?? undefined, host, "response", true));
  });
  return { statusCode: Number(headers[":status"]), reason: "", headers: flat, body };
}
