import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { signEvents } from "@countersign/signer/events";
import { checkOptions, oneOf, optional, type Shapes } from "@countersign/signer/options";
import { SageMakerError } from "../../core/error.ts";
import { refuseOption } from "../../core/refuse-option.ts";
import { serviceError } from "../../core/service-error.ts";
import { encodeMessage } from "../../event-stream/encode-message.ts";
import type { BidirectionalStream, SendOptions } from "../../runtime/bidirectional-stream.ts";
import { createResponseStream, type OpenedStream } from "../../stream/response-stream.ts";
import { streamHead } from "../../stream/stream-head.ts";
import type { OpenBidirectional } from "../contract.ts";
import { firstBytes } from "../first-bytes.ts";

/** RST_STREAM's CANCEL, https://www.rfc-editor.org/rfc/rfc9113.html#ErrorCodes */
const cancel = 0x8;
/** A container may answer for up to half an hour. Credentials should last that long. */
const streamMs = 1_800_000;
// Node derives `host` from the session; HTTP/2 forbids the others.
const derived = new Set(["host", "connection", "transfer-encoding", "content-length"]);
const encoder = new TextEncoder();
const sendShapes: Shapes<SendOptions> = {
  dataType: optional(oneOf("UTF8", "BINARY")),
  completionState: optional(oneOf("PARTIAL", "COMPLETE")),
};

/**
 * Opens the stream on an HTTP/2 session of its own, which ends with it. It does not wait for the answer's head, because a
 * container may wait for a message first.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithBidirectionalStream.html
 */
export const openBidirectional: OpenBidirectional | undefined = async (request, connect, opening) => {
  const { signer, service, endpointName, signal } = request;
  await signer.credentials({ minTtlMs: streamMs, signal: opening });
  const url = new URL(`${service.url}/endpoints/${endpointName}/invocations-bidirectional-stream`);
  const session = await connect(url.origin);
  try {
    opening?.throwIfAborted();
    // Both signatures in one turn: the events are signed with the credentials of the request.
    const signed = signer.signSync({
      method: "POST",
      url,
      headers: { "content-type": "application/vnd.amazon.eventstream", ...request.headers },
      payload: "streaming-events",
    });
    const events = signEvents(signer, signed);
    const headers = Object.fromEntries(Object.entries(signed.headers).filter(([name]) => !derived.has(name)));
    const stream = session.request({ ":method": "POST", ":path": url.pathname, ...headers }, { endStream: false });
    return overStream(stream, session, events, signal);
  } catch (error) {
    session.destroy();
    throw error;
  }
};

function overStream(
  stream: ClientHttp2Stream,
  session: ClientHttp2Session,
  events: ReturnType<typeof signEvents>,
  signal: AbortSignal | undefined,
): BidirectionalStream {
  let ended = false;
  let failure: unknown;
  const opened = answerOf(stream);
  // A caller that only sends does not read this rejection, so it is handled here; `send` throws it.
  opened.catch((error: unknown) => (failure = error));
  stream.on("error", (error) => (failure ??= error));
  session.on("error", (error) => (failure ??= error));
  const waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  stream.on("drain", wake);
  const abort = (): void => stream.close(cancel);
  signal?.addEventListener("abort", abort, { once: true });
  stream.once("close", () => {
    signal?.removeEventListener("abort", abort);
    wake();
    // A session that is closed would wait for the service, which may keep its side of the connection open for ever.
    session.destroy();
  });

  async function write(message: Uint8Array): Promise<void> {
    if (signal?.aborted === true) throw signal.reason;
    if (stream.closed || stream.destroyed) throw lost();
    if (stream.write(message)) return;
    await new Promise<void>((resolve) => waiting.push(resolve));
    if (stream.destroyed) throw lost();
  }

  function lost(): unknown {
    if (signal?.aborted === true) return signal.reason;
    if (failure instanceof SageMakerError) return failure;
    return new SageMakerError("CONNECTION_LOST", "the service closed the stream", { cause: failure });
  }

  async function close(): Promise<void> {
    if (!stream.destroyed) {
      stream.close(cancel);
      await process
        .getBuiltinModule("node:events")
        .once(stream, "close")
        .catch(() => {});
    }
    session.destroy();
  }

  const reading = createResponseStream(
    () =>
      opened.catch((error: unknown) => {
        throw signal?.aborted === true ? signal.reason : error;
      }),
    signal,
  );
  return Object.assign(reading, {
    async send(data: string | Uint8Array, options?: SendOptions) {
      if (ended) throw new SageMakerError("STREAM_CLOSED", "the stream was ended: nothing can be sent after end()");
      const isText = typeof data === "string";
      if (!isText && !(data instanceof Uint8Array)) {
        throw new SageMakerError(
          "INVALID_BODY",
          "data: must be a string or a Uint8Array; pass objects to JSON.stringify",
        );
      }
      const { dataType, completionState } = checkOptions<SendOptions>(options, sendShapes, refuseOption);
      const message = encodeMessage({
        headers: {
          ":message-type": "event",
          ":event-type": "PayloadPart",
          ":content-type": "application/octet-stream",
          DataType: dataType ?? (isText ? "UTF8" : "BINARY"),
          CompletionState: completionState,
        },
        payload: isText ? encoder.encode(data) : data,
      });
      // Signed in the order of the calls, because each signature covers the one before.
      const { date, signature } = events.sign(message);
      await write(encodeMessage({ headers: { ":date": date, ":chunk-signature": signature }, payload: message }));
    },
    async end() {
      if (ended) return;
      ended = true;
      const { date, signature } = events.end();
      const payload = new Uint8Array(0);
      await write(encodeMessage({ headers: { ":date": date, ":chunk-signature": signature }, payload }));
      stream.end();
    },
    close,
    [Symbol.asyncDispose]: close,
  });
}

/** Waits for the head of the answer; anything but a success becomes the error to throw. */
async function answerOf(stream: ClientHttp2Stream): Promise<OpenedStream> {
  const head = await new Promise<IncomingHttpHeaders & { readonly ":status"?: number }>((resolve, reject) => {
    stream.once("response", resolve);
    stream.once("error", reject);
    stream.once("close", () =>
      reject(new SageMakerError("CONNECTION_LOST", "the service closed the stream before it answered")),
    );
  });
  const header = (name: string): string | undefined => {
    const value = head[name];
    return typeof value === "string" ? value : value?.join(", ");
  };
  const status = head[":status"] ?? 0;
  const body = stream as AsyncIterable<Uint8Array>;
  if (status !== 200) throw serviceError(status, header, await firstBytes(body));
  return { head: streamHead(header, "content-type"), body };
}
