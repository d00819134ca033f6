import type { Signer } from "@countersign/signer";
import type { ResponseStream } from "../stream/response-stream.ts";
import type { Service } from "../core/service.ts";

/** How a container is to take one message. */
export interface SendOptions {
  /** `UTF8`: a text frame of the container's WebSocket. Default: `UTF8` for strings, `BINARY` for bytes. */
  readonly dataType?: "UTF8" | "BINARY" | undefined;
  /** `PARTIAL` when more of the same message follows. Default: the service's, a whole message. */
  readonly completionState?: "PARTIAL" | "COMPLETE" | undefined;
}

/**
 * A stream in both directions. What comes back is read as from `invokeStream`, while sending goes on.
 *
 * Every message is signed over the one before, with the credentials of the start: a stream may outlive its session.
 */
export interface BidirectionalStream extends ResponseStream {
  /**
   * Sends one message; resolves when there is room for the next.
   *
   * @throws SageMakerError `STREAM_CLOSED` after `end`, `CONNECTION_LOST`, or AWS's own code when it refused the stream.
   */
  send(data: string | Uint8Array, options?: SendOptions): Promise<void>;
  /** Tells the model that nothing follows; its answer may go on. */
  end(): Promise<void>;
  /** Gives both directions up. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What is opened. */
export interface BidirectionalRequest {
  readonly signer: Signer;
  readonly service: Service;
  readonly endpointName: string;
  readonly headers: Record<string, string> | undefined;
  /** Ends the stream, whenever it aborts. */
  readonly signal: AbortSignal | undefined;
}
