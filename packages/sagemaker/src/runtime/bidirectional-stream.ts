import type { Signer } from "@countersign/signer";
import type { ResponseStream } from "../stream/response-stream.ts";
import type { Service } from "../core/service.ts";

/** How one message is passed to the container. */
export interface SendOptions {
  /** `UTF8` sends a text frame on the container's WebSocket. Default: `UTF8` for strings, `BINARY` for bytes. */
  readonly dataType?: "UTF8" | "BINARY" | undefined;
  /** `PARTIAL` when more of the same message follows. Default: the service's, which is a whole message. */
  readonly completionState?: "PARTIAL" | "COMPLETE" | undefined;
}

/**
 * A stream in both directions. The answer is read as from `invokeStream`, while sending goes on.
 *
 * Every message's signature covers the one before it, and all use the credentials that opened the stream: a stream may
 * outlive its session.
 */
export interface BidirectionalStream extends ResponseStream {
  /**
   * Sends one message; resolves when there is room for the next.
   *
   * @throws SageMakerError `STREAM_CLOSED` after `end`, `INVALID_BODY`, `INVALID_OPTION`, `CONNECTION_LOST`, or AWS's own
   * code when AWS refused the stream.
   */
  send(data: string | Uint8Array, options?: SendOptions): Promise<void>;
  /** Ends sending; the answer may go on. */
  end(): Promise<void>;
  /** Ends both directions at once. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A stream to open. */
export interface BidirectionalRequest {
  readonly signer: Signer;
  readonly service: Service;
  readonly endpointName: string;
  readonly headers: Record<string, string> | undefined;
  /** Ends the stream when it aborts, also after opening. */
  readonly signal: AbortSignal | undefined;
}
