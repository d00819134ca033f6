import { checkOptions, oneOf, optional, type Shapes, text } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { operationOf } from "../operation-names.ts";
import { isObject, within } from "../shapes.ts";
import { type ServiceName, serviceNames } from "../service.ts";
import type { ReceivedTls } from "../wire/received-request.ts";

/** One request that reached the local AWS, and its answer. */
export interface RecordedCall {
  readonly service: ServiceName;
  /** Undefined when the request named no operation of the service. */
  readonly operation: string | undefined;
  readonly region: string;
  /** On the clock of the local AWS. */
  readonly at: Date;
  readonly method: string;
  /** Path and query as received. */
  readonly target: string;
  /** By lower-cased name; repeated names join with commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The parsed input: form parameters, JSON, or endpoint and body. */
  readonly input: unknown;
  readonly accessKeyId: string | undefined;
  /** The caller's ARN; undefined when the signature was invalid. */
  readonly principal: string | undefined;
  /** The HTTP status of the answer; undefined before the answer, or when the connection was dropped. */
  readonly status: number | undefined;
  /** AWS's code when the answer was an error. */
  readonly errorCode: string | undefined;
  readonly requestId: string;
  readonly tls: ReceivedTls;
}

/** The calls to list: a call must match every given member. */
export type CallFilter = CallMembers | ((call: RecordedCall) => boolean);

type CallMembers = Partial<
  Pick<RecordedCall, "service" | "operation" | "region" | "accessKeyId" | "principal" | "status" | "errorCode">
>;

const memberShapes = (service: unknown): Shapes<CallMembers> => ({
  service: optional(oneOf(...serviceNames)),
  operation: optional(operationOf(service)),
  region: optional(text),
  accessKeyId: optional(text),
  principal: optional(text),
  status: optional(within("an HTTP status", 100, 599)),
  errorCode: optional(text),
});

export type OpenCall = { -readonly [Member in keyof RecordedCall]: RecordedCall[Member] };

/** The received requests in order: at most 10,000 requests and 256 MiB of bodies are kept. */
export interface CallLog {
  add(call: OpenCall): void;
  list(filter?: CallFilter): readonly RecordedCall[];
  clear(): void;
}

/** Limits the memory of a local AWS that runs for days. */
const maxCalls = 10_000;
const maxBytes = 256 * 1024 * 1024;

export function createCallLog(): CallLog {
  let calls: OpenCall[] = [];
  let bytes = 0;
  return {
    add(call) {
      calls.push(call);
      bytes += call.body.length;
      while (calls.length > maxCalls || (bytes > maxBytes && calls.length > 1))
        bytes -= calls.shift()?.body.length ?? 0;
    },
    list(filter) {
      if (typeof filter === "function") return calls.filter(filter);
      // One copy of the caller's object: the service decides which operations are known.
      const given: unknown = isObject(filter) ? Object.assign(Object.create(null) as object, filter) : filter;
      const shapes = memberShapes(isObject(given) ? given["service"] : undefined);
      const wanted = Object.entries(checkOptions(given as CallMembers | undefined, shapes, refuseOption, "filter."));
      return calls.filter((call) => wanted.every(([member, value]) => call[member as keyof CallMembers] === value));
    },
    clear() {
      calls = [];
      bytes = 0;
    },
  };
}
