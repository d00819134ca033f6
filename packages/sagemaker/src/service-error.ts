import { SageMakerError, type StreamProgress } from "./error.ts";
import type { EventMessage } from "./event-message.ts";

/** Reads a header of an answer by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

const decoder = new TextDecoder();

/** AWS's request id of an answer. */
export function requestIdOf(header: HeaderReader): string | undefined {
  return header("x-amzn-requestid") ?? header("x-amz-request-id");
}

/**
 * The error code of an answer: the `x-amzn-errortype` header of rest-json and AWS JSON, else the body's `__type` or
 * `code` (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization).
 */
function errorCodeOf(header: HeaderReader, body: Readonly<Record<string, unknown>>): string | undefined {
  const raw = header("x-amzn-errortype") ?? text(body["__type"]) ?? text(body["code"]) ?? text(body["Code"]);
  if (raw === undefined) return undefined;
  // "namespace#Code:http://internal..." in its fullest form.
  const code = /^(?:[^:]*#)?([^:#]+)/.exec(raw)?.[1]?.trim();
  return code === "" ? undefined : code;
}

/** Turns an answer that is not a success into the error to throw. */
export function serviceError(status: number, header: HeaderReader, body: Uint8Array): SageMakerError {
  const fields = jsonObject(body);
  const code = errorCodeOf(header, fields) ?? "UNKNOWN_ERROR";
  const message = text(fields["message"]) ?? text(fields["Message"]) ?? `The service answered with status ${status}.`;
  return new SageMakerError(code, withoutToken(message), {
    status,
    requestId: requestIdOf(header),
    ...modelFields(fields),
  });
}

/** Turns an `exception` or `error` message of an event stream into the error to throw. */
export function streamError(
  { headers, payload }: EventMessage,
  requestId: string | undefined,
  received: StreamProgress,
): SageMakerError {
  const fields = jsonObject(payload);
  const code = text(headers[":exception-type"]) ?? text(headers[":error-code"]) ?? "UNKNOWN_ERROR";
  const message =
    text(fields["message"]) ??
    text(fields["Message"]) ??
    text(headers[":error-message"]) ??
    `The service ended the stream with ${code}.`;
  return new SageMakerError(code, withoutToken(message), { requestId, received, ...modelFields(fields) });
}

/** A refused signature is answered with the canonical request that AWS expected, and the session token is part of it. */
function withoutToken(message: string): string {
  return message.replace(/(x-amz-security-token[:=])[^\s&"'\\]+/gi, "$1<session token>");
}

function modelFields(fields: Readonly<Record<string, unknown>>): {
  originalStatusCode?: number | undefined;
  originalMessage?: string | undefined;
  logStreamArn?: string | undefined;
  errorCode?: string | undefined;
} {
  const status = fields["OriginalStatusCode"];
  return {
    originalStatusCode: typeof status === "number" ? status : undefined,
    originalMessage: text(fields["OriginalMessage"]),
    logStreamArn: text(fields["LogStreamArn"]),
    errorCode: text(fields["ErrorCode"]),
  };
}

function jsonObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(decoder.decode(body));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // A load balancer or proxy on the way answers in HTML; the status then says all there is.
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
