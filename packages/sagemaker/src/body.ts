import { SageMakerError } from "./error.ts";

/**
 * What a model is sent: text and bytes as they are, anything else as JSON.
 */
export type InvokeBody = string | Uint8Array | ArrayBuffer | object;

/** A body as it is signed and sent. */
export interface EncodedBody {
  readonly data: string | Uint8Array;
  /** The content type unless the caller names one. */
  readonly contentType: "application/json" | "application/octet-stream";
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html#API_runtime_InvokeEndpoint_RequestSyntax */
export const maxInvokeBytes = 6_291_456;
/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html */
export const maxInlineAsyncBytes = 128_000;

const encoder = new TextEncoder();

/**
 * Encodes a body and holds it to `maxBytes`.
 *
 * @throws SageMakerError `INVALID_BODY`, `BODY_TOO_LARGE`.
 */
export function encodeBody(body: InvokeBody, maxBytes: number): EncodedBody {
  if (typeof body === "string") return { data: checkText(body, maxBytes), contentType: "application/octet-stream" };
  if (ArrayBuffer.isView(body)) {
    if (body.byteLength === 0) checkAttached(body.buffer);
    const bytes = body instanceof Uint8Array ? body : new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    return { data: checkSize(bytes, maxBytes), contentType: "application/octet-stream" };
  }
  const tag = Object.prototype.toString.call(body);
  if (tag === "[object ArrayBuffer]") {
    checkAttached(body as ArrayBuffer);
    return { data: checkSize(new Uint8Array(body as ArrayBuffer), maxBytes), contentType: "application/octet-stream" };
  }
  if ((tag !== "[object Object]" && tag !== "[object Array]") || isStream(body)) {
    throw new SageMakerError(
      "INVALID_BODY",
      `The body is ${article(tag.slice(8, -1))}; pass a string, bytes, or an object or array to send as JSON.`,
    );
  }
  return { data: checkText(toJson(body), maxBytes), contentType: "application/json" };
}

/** A buffer that was transferred looks like an empty one; only making a view of it fails. */
function checkAttached(buffer: ArrayBufferLike): void {
  try {
    void new Uint8Array(buffer);
  } catch {
    throw new SageMakerError("INVALID_BODY", "The body's buffer was transferred elsewhere: pass a copy of its bytes.");
  }
}

function toJson(body: object): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(body);
  } catch (cause) {
    throw new SageMakerError("INVALID_BODY", "The body cannot be written as JSON.", { cause });
  }
  if (json === undefined) throw new SageMakerError("INVALID_BODY", "The body's toJSON answered with nothing.");
  return json;
}

function checkSize(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.length > maxBytes) throw tooLarge(bytes.length, maxBytes);
  return bytes;
}

function checkText(text: string, maxBytes: number): string {
  // A UTF-16 code unit takes one to three bytes, so most texts need not be counted.
  if (text.length * 3 <= maxBytes) return text;
  const bytes = text.length > maxBytes ? text.length : encoder.encode(text).length;
  if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
  return text;
}

function tooLarge(bytes: number, maxBytes: number): SageMakerError {
  return new SageMakerError(
    "BODY_TOO_LARGE",
    `The body has ${bytes} bytes or more; SageMaker takes ${maxBytes}. Use invokeAsync with an inputLocation in S3.`,
  );
}

// A stream would become "{}" without anybody noticing.
function isStream(body: object): boolean {
  return Symbol.asyncIterator in body || typeof (body as { readonly pipe?: unknown }).pipe === "function";
}

function article(noun: string): string {
  if (noun === "Null" || noun === "Undefined") return noun.toLowerCase();
  return `${/^[AEIOU]/.test(noun) ? "an" : "a"} ${noun}`;
}
