import type { Answer } from "@countersign/fetch/attempts";
import type { Clock, EventListener } from "@countersign/signer";
import type { Transport } from "@countersign/transport";
import type { BidirectionalRequest, BidirectionalStream } from "./bidirectional-stream.ts";

/** What a platform sends: a POST. */
export interface PlatformRequest {
  readonly url: string;
  /** Called when the request is about to leave: the signature is made then, not before a queue. */
  readonly headers: () => Record<string, string> | Promise<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signal: AbortSignal | undefined;
  /** The body of a successful answer is read as it arrives, through `chunks`. */
  readonly streamed: boolean;
}

/** What came back. */
export interface PlatformAnswer extends Answer {
  readonly status: number;
  /** A header's value by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** The whole body; empty when it is streamed. */
  readonly bytes: Uint8Array;
  /** The streamed body, once; returning early gives the connection up. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** How this runtime sends requests. */
export interface Platform {
  /** Redirects are answers, never followed. */
  send(request: PlatformRequest): Promise<PlatformAnswer>;
  /** Opens a stream in both directions; `opening` ends the opening alone. */
  openBidirectional(request: BidirectionalRequest, opening: AbortSignal | undefined): Promise<BidirectionalStream>;
  /** Bodies up to this many bytes or characters are hashed on the spot, larger ones by the runtime, which takes a turn. */
  readonly maxSyncBytes: number;
  /** The connections are held to private addresses. */
  readonly privateAddresses: boolean;
  /** Closes what was made here, never what was handed in. */
  close(): Promise<void>;
}

/** What `createSageMaker` hands down. */
export interface PlatformOptions {
  readonly fetch?: typeof fetch | undefined;
  readonly transport?: Transport | undefined;
  readonly clock: Clock;
  readonly onEvent?: EventListener | undefined;
}

const decoder = new TextDecoder();

/** Text of a body, for error codes. */
export async function textOf(bytes: Uint8Array): Promise<string> {
  return decoder.decode(bytes);
}

/** The body of an answer that was read already. */
export const noBytes: Uint8Array = new Uint8Array(0);
