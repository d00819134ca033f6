import { AwsError } from "./aws-error.ts";
import { headerOf, type ReceivedHead, type ReceivedRequest } from "./received-request.ts";

/** The media types under which AWS looks for `X-Amz-Target`; the parameters of a type do not matter. */
const JSON_TYPE = /^application\/(?:x-amz-json-1\.[01]|json)\s*(?:;|$)/i;

/**
 * The operation in `X-Amz-Target: PREFIX.Operation`; none under another media type, such as that of a form
 * (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html).
 */
export function targetOperation(head: ReceivedHead, prefix: string): string | undefined {
  if (!JSON_TYPE.test(headerOf(head, "content-type") ?? "")) return undefined;
  const target = headerOf(head, "x-amz-target") ?? "";
  return target.startsWith(`${prefix}.`) ? target.slice(prefix.length + 1) : undefined;
}

/** The JSON object of a request; an empty body is an empty one. */
export function readJson(request: ReceivedRequest): Readonly<Record<string, unknown>> {
  if (request.body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(request.body.toString("utf8"));
  } catch {
    throw new AwsError("SerializationException", "Start of structure or map found where not expected.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AwsError("SerializationException", "Start of structure or map found where not expected.");
  }
  return value as Readonly<Record<string, unknown>>;
}
