import {
  contract,
  listOf,
  nested,
  oneOf,
  optional,
  shape,
  type Shape,
  text,
  unchecked,
} from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { anyText, eitherOf, isObject, within } from "../shapes.ts";
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
  /** From a model: how the stream ends. A part with `ending` carries no bytes. */
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

const isBytes = (value: unknown): boolean => typeof value === "string" || value instanceof Uint8Array;

const endingShape: Shape = eitherOf(
  [
    (value) => isObject(value) && "modelStreamError" in value,
    nested<{ readonly modelStreamError: unknown }>({
      modelStreamError: nested<{ readonly code: string; readonly message: string }>({
        code: oneOf("ModelInvocationTimeExceeded", "StreamBroken"),
        message: anyText,
      }),
    }),
  ],
  [
    isObject,
    nested<{ readonly internalStreamFailure: unknown }>({
      internalStreamFailure: nested<{ readonly message: string }>({ message: anyText }),
    }),
  ],
  [() => true, oneOf("complete", "cut", "corrupt")],
);

const replyShape: Shape = nested<ModelReply>({
  body: optional(shape("text, bytes, an object or a list", (value) => isBytes(value) || typeof value === "object")),
  contentType: optional(text),
  variant: optional(text),
  customAttributes: optional(anyText),
  modelError: optional(
    nested<NonNullable<ModelReply["modelError"]>>({
      status: within("an HTTP status", 400, 599),
      message: anyText,
      logStreamArn: optional(text),
    }),
  ),
  parts: optional(
    eitherOf(
      [Array.isArray, listOf(shape("text or bytes", isBytes))],
      [
        () => true,
        shape(
          "a list or an async iterable of text or bytes",
          (value) => typeof value === "object" && value !== null && Symbol.asyncIterator in value,
        ),
      ],
    ),
  ),
  ending: optional(endingShape),
});

/** The shape of an endpoint's behaviour. */
export const behaviourShape: Shape = eitherOf(
  [(value) => typeof value === "function", unchecked],
  [Array.isArray, listOf(replyShape)],
  [(value) => isObject(value) && "converse" in value, contract("an object with converse()", "converse")],
  [isObject, replyShape],
  [() => true, shape('"echo", a reply, a list of replies, a function or a conversation', (value) => value === "echo")],
);

/** The endpoints of the local AWS. */
export interface Endpoints {
  set(name: string, behaviour: EndpointBehaviour): void;
  /** What `CreateEndpoint` does: an endpoint without a behaviour of its own echoes. */
  create(name: string): void;
  /** What `DeleteEndpoint` does. */
  remove(name: string): void;
  /** Undoes what requests have created and deleted; scripts start again. */
  reset(): void;
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
  const created = new Set<string>();
  const deleted = new Set<string>();
  const has = (name: string): boolean =>
    !deleted.has(name) && (configured === undefined || behaviours.has(name) || created.has(name));
  return {
    has,
    set(name, behaviour) {
      text(name, "name", refuseOption);
      behaviours.set(name, behaviourShape(behaviour, "behaviour", refuseOption) as EndpointBehaviour);
      deleted.delete(name);
      turns.delete(name);
    },
    create(name) {
      created.add(name);
      deleted.delete(name);
    },
    remove(name) {
      created.delete(name);
      deleted.add(name);
    },
    reset() {
      for (const all of [created, deleted, turns]) all.clear();
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
