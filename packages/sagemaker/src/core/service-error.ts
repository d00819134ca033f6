import { words } from "@countersign/signer";
import { SageMakerError, type SageMakerErrorDetails } from "./error.ts";
import type { EventMessage } from "../event-stream/event-message.ts";
import { excerpt, textOf } from "./text.ts";

/** Reads a header of an answer by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

/** Error bodies longer than this many bytes are not parsed: AWS's are a few hundred bytes. */
export const maxErrorBytes: number = 64 * 1024;
const maxMessageLength = 1024;
const maxOriginalLength = 4096;
const maxNameLength = 256;
const codePattern = /^[\w.-]{1,128}$/;

/** AWS's request id of an answer. */
export function requestIdOf(header: HeaderReader): string | undefined {
  const id = header("x-amzn-requestid") ?? header("x-amz-request-id");
  return id && excerpt(id, maxNameLength);
}

/** Turns an error answer into the error to throw. */
export function serviceError(status: number, header: HeaderReader, body: Uint8Array): SageMakerError {
  return readError(
    body,
    header("x-amzn-errortype"),
    words ? `the service answered with status ${status}` : `status: ${status}`,
    { status, requestId: requestIdOf(header) },
  );
}

/** Turns an `exception` or `error` message of an event stream into the error to throw. */
export function streamError({ headers, payload }: EventMessage): SageMakerError {
  return readError(
    payload,
    headers[":exception-type"] ?? headers[":error-code"],
    headers[":error-message"] ?? (words ? "the service ended the stream" : "stream"),
  );
}

/**
 * Reads an error's code and message.
 *
 * @param named the code that a header names; without one, it is the body's `__type` or `code`.
 * @param fallback the message where the body has none.
 * @see https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
 */
function readError(
  body: Uint8Array,
  named: string | undefined,
  fallback: string,
  details?: SageMakerErrorDetails,
): SageMakerError {
  const fields: Record<string, unknown> = Object.create(null);
  try {
    if (body.length <= maxErrorBytes) Object.assign(fields, JSON.parse(textOf(body)));
  } catch {
    // A load balancer or proxy on the way answers in HTML: then only the status is known.
  }
  const text = (...names: readonly string[]): string | undefined =>
    names.map((name) => fields[name]).find((value): value is string => typeof value === "string" && value !== "");
  // "namespace#Code:http://internal..." in its fullest form.
  const [type = ""] = (named || (text("__type", "code", "Code") ?? "")).split(":", 1);
  const code = type.slice(type.lastIndexOf("#") + 1).trim();
  // AWS answers a refused signature with the canonical request that it expected, the session token included.
  const message = (text("message", "Message") ?? fallback).replace(
    /(x-amz-security-token[:=])[^\s&"'\\]+/gi,
    "$1<session token>",
  );
  const limited = (value: string | undefined, most: number): string | undefined => value && excerpt(value, most);
  const { OriginalStatusCode } = fields;
  return new SageMakerError(codePattern.test(code) ? code : "UNKNOWN_ERROR", excerpt(message, maxMessageLength), {
    ...details,
    originalStatusCode: typeof OriginalStatusCode === "number" ? OriginalStatusCode : undefined,
    originalMessage: limited(text("OriginalMessage"), maxOriginalLength),
    logStreamArn: limited(text("LogStreamArn"), maxMessageLength),
    errorCode: limited(text("ErrorCode"), maxNameLength),
  });
}
