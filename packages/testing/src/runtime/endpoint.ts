import type { AwsError } from "../wire/aws-error.ts";

/** An invocation as a model container sees it, and who sent it. */
export interface Invocation {
  readonly endpointName: string;
  readonly operation:
    | "InvokeEndpoint"
    | "InvokeEndpointAsync"
    | "InvokeEndpointWithResponseStream"
    | "InvokeEndpointWithBidirectionalStream";
  /** Of OpenAI-compatible invocations: such as `/v1/chat/completions`. */
  readonly path?: string | undefined;
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  /** All headers received, by lower-cased name. */
  readonly headers: Readonly<Record<string, string>>;
  /** ARN of the caller. */
  readonly principal: string;
}

/** What a model answers. */
export interface ModelReply {
  /** Objects go out as JSON. */
  readonly body?: string | Uint8Array | Readonly<Record<string, unknown>> | readonly unknown[] | undefined;
  /** Default: the request's for echoed bodies, else `application/json`. */
  readonly contentType?: string | undefined;
  /** Default: `AllTraffic`. */
  readonly variant?: string | undefined;
  readonly customAttributes?: string | undefined;
  /** A container's own error: the caller gets AWS's `ModelError`, HTTP 424. */
  readonly modelError?:
    | { readonly status: number; readonly message: string; readonly logStreamArn?: string }
    | undefined;
  /** Events of a streamed answer, as they are cut. Default: the body, in pieces of 1,024 bytes. */
  readonly parts?: readonly (string | Uint8Array)[] | AsyncIterable<string | Uint8Array> | undefined;
  /** How a streamed answer ends. Default `complete`. */
  readonly ending?: StreamEnding | undefined;
}

/**
 * How a streamed answer ends: `cut` within an event and with the connection; `corrupt` with an event whose checksum
 * is wrong; or with one of the two exceptions that SageMaker sends within a stream.
 */
export type StreamEnding =
  | "complete"
  | "cut"
  | "corrupt"
  | {
      readonly modelStreamError: {
        readonly code: "ModelInvocationTimeExceeded" | "StreamBroken";
        readonly message: string;
      };
    }
  | { readonly internalStreamFailure: { readonly message: string } };

/** One event of a bidirectional stream. */
export interface StreamPart {
  readonly bytes?: string | Uint8Array | undefined;
  /** `UTF8` or `BINARY`. */
  readonly dataType?: string | undefined;
  /** `PARTIAL` or `COMPLETE`. */
  readonly completionState?: string | undefined;
  /** From a model: end the stream so, in the place of a part. */
  readonly ending?: StreamEnding | undefined;
}

/** A model that listens and speaks at once. */
export interface Conversation {
  converse(parts: AsyncIterable<StreamPart>, invocation: Invocation): AsyncIterable<StreamPart>;
}

/**
 * How an endpoint behaves: it echoes; or answers the same each time; or a script, one reply per call, the last one
 * again and again; or whatever a function says; or it converses, for bidirectional streams. An endpoint of another kind
 * answers a bidirectional stream as `echo` does, part by part.
 */
export type EndpointBehaviour =
  | "echo"
  | ModelReply
  | readonly ModelReply[]
  | Conversation
  | ((invocation: Invocation) => ModelReply | Promise<ModelReply>);

/** The endpoints of the local AWS. */
export interface Endpoints {
  set(name: string, behaviour: EndpointBehaviour): void;
  remove(name: string): void;
  has(name: string): boolean;
  /** @throws {AwsError} `ValidationError` when there is no such endpoint. */
  reply(invocation: Invocation): Promise<ModelReply>;
  /** @throws {AwsError} `ValidationError` when there is no such endpoint. */
  converse(invocation: Invocation): (parts: AsyncIterable<StreamPart>) => AsyncIterable<StreamPart>;
}

/** @param configured undefined: every name is an endpoint, and echoes. */
export function createEndpoints(
  configured: Readonly<Record<string, EndpointBehaviour>> | undefined,
  unknown: (invocation: Invocation) => AwsError,
): Endpoints {
  const behaviours = new Map<string, EndpointBehaviour>(Object.entries(configured ?? {}));
  const turns = new Map<string, number>();
  const deleted = new Set<string>();
  const has = (name: string): boolean => behaviours.has(name) || (configured === undefined && !deleted.has(name));
  return {
    has,
    set(name, behaviour) {
      behaviours.set(name, behaviour);
      deleted.delete(name);
      turns.delete(name);
    },
    remove(name) {
      behaviours.delete(name);
      deleted.add(name);
    },
    async reply(invocation) {
      const name = invocation.endpointName;
      if (!has(name)) throw unknown(invocation);
      const behaviour = behaviours.get(name) ?? "echo";
      if (behaviour === "echo") return echo(invocation);
      if (typeof behaviour === "function") return behaviour(invocation);
      if ("converse" in behaviour) return {};
      if (!isScript(behaviour)) return behaviour;
      const turn = turns.get(name) ?? 0;
      turns.set(name, turn + 1);
      return behaviour[Math.min(turn, behaviour.length - 1)] ?? {};
    },
    converse(invocation) {
      if (!has(invocation.endpointName)) throw unknown(invocation);
      const behaviour = behaviours.get(invocation.endpointName);
      if (typeof behaviour !== "object" || !("converse" in behaviour)) return (parts) => parts;
      return (parts) => behaviour.converse(parts, invocation);
    },
  };
}

function isScript(behaviour: ModelReply | readonly ModelReply[]): behaviour is readonly ModelReply[] {
  return Array.isArray(behaviour);
}

function echo({ body, contentType, headers }: Invocation): ModelReply {
  return {
    body,
    contentType: contentType ?? "application/octet-stream",
    customAttributes: headers["x-amzn-sagemaker-custom-attributes"],
  };
}

/** A model's body as bytes. */
export function bytesOf(body: ModelReply["body"]): Uint8Array {
  if (body === undefined) return new Uint8Array();
  if (typeof body === "string") return Buffer.from(body, "utf8");
  return body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body), "utf8");
}
