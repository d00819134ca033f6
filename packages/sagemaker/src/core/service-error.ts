import { words } from "@countersign/signer";
import { SageMakerError, type SageMakerErrorDetails } from "./error.ts";
import type { EventMessage } from "../event-stream/event-message.ts";
import { textOf } from "./text.ts";

/** Reads a header of an answer by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

/** AWS's request id of an answer. */
export function requestIdOf(header: HeaderReader): string | undefined {
  return header("x-amzn-requestid") ?? header("x-amz-request-id");
}

/** Turns an answer that is not a success into the error to throw. */
export function serviceError(status: number, header: HeaderReader, body: Uint8Array): SageMakerError {
  return readError(
    body,
    header("x-amzn-errortype"),
    words ? `The service answered with status ${status}.` : `status: ${status}`,
    { status, requestId: requestIdOf(header) },
  );
}

/** Turns an `exception` or `error` message of an event stream into the error to throw. */
export function streamError({ headers, payload }: EventMessage): SageMakerError {
  return readError(
    payload,
    headers[":exception-type"] ?? headers[":error-code"],
    headers[":error-message"] ?? (words ? "The service ended the stream." : "stream"),
  );
}

/**
 * The code is what was `named`, else the body's `__type` or `code`; the message is the body's, else `said`.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
 */
function readError(
  body: Uint8Array,
  named: string | undefined,
  said: string,
  details?: SageMakerErrorDetails,
): SageMakerError {
  let fields: Readonly<Record<string, unknown>> = {};
  try {
    fields = { ...JSON.parse(textOf(body)) };
  } catch {
    // A load balancer or proxy on the way answers in HTML; the status then says all there is.
  }
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  // "namespace#Code:http://internal..." in its fullest form.
  const type = named || (text("__type") ?? text("code") ?? text("Code") ?? "");
  const code = type.split(":")[0]?.split("#").pop()?.trim() || "UNKNOWN_ERROR";
  // A refused signature is answered with the canonical request that AWS expected, the session token included.
  const message = (text("message") ?? text("Message") ?? said).replace(
    /(x-amz-security-token[:=])[^\s&"'\\]+/gi,
    "$1<session token>",
  );
  const { OriginalStatusCode } = fields;
  return new SageMakerError(code, message, {
    ...details,
    originalStatusCode: typeof OriginalStatusCode === "number" ? OriginalStatusCode : undefined,
    originalMessage: text("OriginalMessage"),
    logStreamArn: text("LogStreamArn"),
    errorCode: text("ErrorCode"),
  });
}
