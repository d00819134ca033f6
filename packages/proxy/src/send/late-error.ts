import type { AwsCredentials } from "@countersign/signer";
import type { ServiceCall } from "../judge/call.ts";
import { inTurn } from "./check-turns.ts";
import type { Sending } from "./sending.ts";
import { checkReadable, readError, redacted, type Answer } from "./upstream-error.ts";

/** What Amazon S3 sends while it completes an upload: its answer begins with it, and so does an error after a 200. */
const KEEP_ALIVE = /^\s*(?:<\?xml version="1\.0" encoding="UTF-8"\?>\s*)?$/u;

/**
 * Whether a success can turn out to be an error: Amazon S3 answers 200 before it has completed a multipart upload or
 * copied an object. Only answers to reads hold objects, so all others are read as what can be an error.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export function canFailLate({ endpoint }: Pick<ServiceCall, "endpoint">, method: string): boolean {
  return endpoint === "s3" && method !== "GET" && method !== "HEAD";
}

/**
 * Passes on an answer that can turn out to be an error: what keeps the connection alive at once, and the rest when it is
 * read and holds nothing of the proxy's own credentials.
 *
 * @throws Refusal `ServiceUnavailable` for a rest that cannot be checked.
 */
export async function* lateError(
  { headers, body }: Pick<Answer, "headers" | "body">,
  credentials: AwsCredentials,
  { owner, signal }: Pick<Sending, "owner" | "signal">,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = body[Symbol.asyncIterator]();
  let begun = "";
  for (;;) {
    const { done, value } = await source.next();
    if (done === true) return;
    const extended = begun + value.toString("latin1");
    if (extended.length <= MAX_KEEP_ALIVE_CHARS && KEEP_ALIVE.test(extended)) {
      begun = extended;
      yield value;
      continue;
    }
    async function* rest(): AsyncGenerator<Uint8Array> {
      yield value as Buffer;
      yield* { [Symbol.asyncIterator]: () => source };
    }
    const bytes = await readError(rest());
    yield await inTurn(owner, signal, () => {
      checkReadable(headers, bytes);
      return redacted(bytes, credentials);
    });
    return;
  }
}

/**
 * The same for an answer that arrived whole, as those to small writes do.
 *
 * @throws Refusal `ServiceUnavailable` for an answer that cannot be checked.
 */
export function wholeLateError(headers: Answer["headers"], bytes: Uint8Array, credentials: AwsCredentials): Buffer {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (body.length === 0) return body;
  checkReadable(headers, body);
  return redacted(body, credentials);
}

const MAX_KEEP_ALIVE_CHARS = 8192;
