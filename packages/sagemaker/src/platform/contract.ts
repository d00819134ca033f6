import type { Answer, Attempt } from "@countersign/fetch/attempts";
import type { Clock, EventListener, Signer } from "@countersign/signer";
import type { Transport } from "@countersign/transport";
import type { BidirectionalRequest, BidirectionalStream } from "../runtime/bidirectional-stream.ts";
import type { CallOptions } from "../core/call-options.ts";
import type { Service } from "../core/service.ts";

/** What requests of one kind have in common. */
export interface Template {
  readonly method: "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What one call adds to the template of its requests. */
export interface PlatformCall {
  readonly body: string | Uint8Array;
  readonly headers: Record<string, string> | undefined;
  /** The body of a successful answer is read as it arrives, through `chunks`. */
  readonly streamed: boolean;
  readonly options: CallOptions | undefined;
}

/** Signs a request when it is about to leave, not before a queue, and sends it. Redirects are answers, never followed. */
export type Send = (call: PlatformCall, attempt: Attempt, signal: AbortSignal | undefined) => Promise<PlatformAnswer>;

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

/** Where calls of one kind go. */
export interface Target {
  readonly service: Service;
  /** What the guard is told: an operation and its input. */
  readonly action: string;
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
  /** What requests of one kind have in common is worked out once. */
  prepare(template: Template): Send;
  /** Keeps targets where calls are many. */
  keep(targets: Targets): Targets;
  /** Opens an HTTP/2 session for a stream in both directions. Absent over `fetch`, which has no such thing. */
  readonly connectHttp2?: ConnectHttp2;
  /** The connections are held to private addresses. */
  readonly privateAddresses?: boolean;
  /** Closes what was made here, never what was handed in. */
  close(): Promise<void>;
}

/** What `createSageMaker` hands down. */
export interface PlatformOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly fetch?: typeof fetch | undefined;
  readonly transport?: Transport | undefined;
  readonly onEvent?: EventListener | undefined;
}

/** SageMaker's own limit of 60 seconds and some: credentials are asked to last through an attempt. */
export const attemptMs = 70_000;
