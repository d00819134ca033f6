import type { Answer, Attempt } from "@countersign/fetch/attempts";
import type { Clock, EventListener, Signer } from "@countersign/signer";
import type { Transport } from "@countersign/transport";
import type { BidirectionalRequest, BidirectionalStream } from "../runtime/bidirectional-stream.ts";
import type { CallOptions } from "../core/call-options.ts";
import type { Service } from "../core/service.ts";

/** The part that all requests of one kind share. */
export interface Template {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The part that one call adds to the template. */
export interface PlatformCall {
  /** Undefined: the request has no body. */
  readonly body: string | Uint8Array | undefined;
  readonly headers: Record<string, string> | undefined;
  /** The body of a successful answer is read as it arrives, through `chunks`. */
  readonly streamed: boolean;
  /** Checked already. */
  readonly options: CallOptions;
}

/** Signs a request when it is about to leave, after any queue, and sends it. A redirect is an answer and is not followed. */
export type Send = (call: PlatformCall, attempt: Attempt, signal: AbortSignal | undefined) => Promise<PlatformAnswer>;

/** An answer. */
export interface PlatformAnswer extends Answer {
  readonly status: number;
  /** A header's value by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** The whole body; empty when it is streamed. Of a long error body, the beginning. */
  readonly bytes: Uint8Array;
  /** The streamed body. It is read once; leaving the loop early closes the connection. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** Where calls of one kind go. */
export interface Target {
  readonly service: Service;
  /** The operation, for the guard; undefined for a request that is not SageMaker's. */
  readonly action: string | undefined;
  /** The operation's input, for the guard. */
  readonly input: unknown;
  readonly send: Send;
}

/** Answers with the target of an endpoint and a content type. */
export type Targets = (endpointName: string, contentType: string) => Target;

/** Opens an HTTP/2 session to an origin. */
export type ConnectHttp2 = (origin: string) => ReturnType<Transport["connectHttp2"]>;

/** Opens a stream in both directions on a session of its own. `opening` ends only the opening. */
export type OpenBidirectional = (
  request: BidirectionalRequest,
  connect: ConnectHttp2,
  opening: AbortSignal | undefined,
) => Promise<BidirectionalStream>;

/** How this runtime sends requests. */
export interface Platform {
  /** Computes once what all requests of one kind share. @param by signs them. Default: the signer of the client. */
  prepare(template: Template, by?: Signer): Send;
  /** Caches targets where that pays. */
  keep(targets: Targets): Targets;
  /** Opens an HTTP/2 session for a stream in both directions. Absent over `fetch`, which cannot. */
  readonly connectHttp2?: ConnectHttp2;
  /** The transport connects to private addresses only. */
  readonly privateAddresses?: boolean;
  /** Closes the transport that was made here, never one that was passed in. */
  close(): Promise<void>;
}

/** What a platform is made from. */
export interface PlatformOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly fetch?: typeof fetch | undefined;
  readonly transport?: Transport | undefined;
  readonly onEvent?: EventListener | undefined;
}

/** The time limit of one attempt: SageMaker's own 60 seconds and a margin. Credentials should last that long. */
export const attemptMs = 70_000;
