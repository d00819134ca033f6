import type { ServiceName } from "./service.ts";
import type { ReceivedTls } from "./wire/received-request.ts";

/** One request that reached the local AWS, and what became of it. */
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
  /** ARN of the caller; undefined when the signature did not hold. */
  readonly principal: string | undefined;
  /** HTTP status answered; undefined while the request is under way, or when the connection was dropped. */
  readonly status: number | undefined;
  /** AWS's code when the answer was an error. */
  readonly errorCode: string | undefined;
  readonly requestId: string;
  readonly tls: ReceivedTls;
}

/** Which calls to list: every member given must match. */
export type CallFilter =
  | Partial<
      Pick<RecordedCall, "service" | "operation" | "region" | "accessKeyId" | "principal" | "status" | "errorCode">
    >
  | ((call: RecordedCall) => boolean);

export type OpenCall = { -readonly [Member in keyof RecordedCall]: RecordedCall[Member] };

/** What came in, in order. */
export interface CallLog {
  add(call: OpenCall): void;
  list(filter?: CallFilter): readonly RecordedCall[];
  clear(): void;
}

export function createCallLog(): CallLog {
  let calls: OpenCall[] = [];
  return {
    add: (call) => void calls.push(call),
    list(filter = {}) {
      const wanted = Object.entries(filter) as [keyof RecordedCall, unknown][];
      const matches =
        typeof filter === "function"
          ? filter
          : (call: RecordedCall) => wanted.every(([member, value]) => value === undefined || call[member] === value);
      return calls.filter(matches);
    },
    clear() {
      calls = [];
    },
  };
}
