import { words } from "@countersign/signer";
import { SageMakerError } from "../core/error.ts";

/** The body of an invocation: text and bytes are sent unchanged, objects and arrays as JSON. */
export type InvokeBody = string | Uint8Array | ArrayBuffer | object;

/** The body that is signed and sent. */
export interface EncodedBody {
  readonly data: string | Uint8Array;
  /** The default content type. */
  readonly contentType: "application/json" | "application/octet-stream";
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html#API_runtime_InvokeEndpoint_RequestSyntax */
export const maxInvokeBytes = 6_291_456;
/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html */
export const maxInlineAsyncBytes = 128_000;

const encoder = new TextEncoder();

/**
 * Encodes a body of at most `maxBytes`.
 *
 * @throws SageMakerError `INVALID_BODY`, `BODY_TOO_LARGE`.
 */
export function encodeBody(body: InvokeBody, maxBytes: number): EncodedBody {
  const data = typeof body === "string" ? body : encodeObject(body);
  const { length } = data;
  // A UTF-16 code unit takes one to three bytes, so most texts are known to fit without counting.
  const counts = typeof data === "string" && length <= maxBytes && length * 3 > maxBytes;
  const bytes = counts ? encoder.encode(data).length : length;
  if (bytes > maxBytes) {
    throw new SageMakerError(
      "BODY_TOO_LARGE",
      words
        ? `body: must have at most ${maxBytes} bytes; it has ${bytes} or more. Use invokeAsync with an inputLocation in S3.`
        : `body: ${maxBytes}`,
    );
  }
  const isJson = typeof data === "string" && typeof body !== "string";
  return { data, contentType: isJson ? "application/json" : "application/octet-stream" };
}

function encodeObject(body: object): string | Uint8Array {
  if (body instanceof Uint8Array && body.length > 0) return body;
  const tag = Object.prototype.toString.call(body).slice(8, -1);
  let cause: unknown;
  try {
    // A transferred buffer looks like an empty one, but making a view of it fails.
    if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    if (tag === "ArrayBuffer") return new Uint8Array(body as ArrayBuffer);
    if ((tag === "Object" || tag === "Array") && !isStream(body)) {
      const json: string | undefined = JSON.stringify(body);
      if (json !== undefined) return json;
    }
  } catch (error) {
    cause = error;
  }
  throw new SageMakerError(
    "INVALID_BODY",
    words
      ? `body: must be a string, bytes that were not transferred, or an object or array that JSON can hold; it is of type ${tag.slice(0, 40)}`
      : `body: ${tag}`,
    { cause },
  );
}

// JSON would write a stream as "{}".
function isStream(body: object): boolean {
  return Symbol.asyncIterator in body || typeof (body as { readonly pipe?: unknown }).pipe === "function";
}
