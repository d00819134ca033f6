import { FetchError } from "./error.ts";

/** A body whose bytes are known, and the content type fetch would give it. */
export interface KnownBody {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly contentType?: string | undefined;
}

/**
 * Turns a body into bytes that can be hashed and sent more than once; a stream stays what it is.
 *
 * Bytes are copied: as with any fetch, what the caller does to a buffer after the call changes nothing. Kinds are told
 * by their tag, so that the FormData of another copy of undici, or of another frame, is one too.
 *
 * @param maxBytes of bodies whose bytes are not in memory already.
 * @throws FetchError `BODY_UNSUPPORTED` for what is no `BodyInit`, `BODY_TOO_LARGE` beyond `maxBytes`.
 */
export async function knowBody(
  body: unknown,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<KnownBody | ReadableStream> {
  if (typeof body === "string") return { body, contentType: "text/plain;charset=UTF-8" };
  if (ArrayBuffer.isView(body)) {
    return { body: new Uint8Array(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)) };
  }
  switch (tagOf(body)) {
    case "ArrayBuffer":
    case "SharedArrayBuffer":
      return { body: new Uint8Array(new Uint8Array(body as ArrayBuffer)) };
    case "URLSearchParams":
      return {
        body: (body as URLSearchParams).toString(),
        contentType: "application/x-www-form-urlencoded;charset=UTF-8",
      };
    case "Blob":
    case "File": {
      const blob = body as Blob;
      if (blob.size > maxBytes) throw tooLarge(maxBytes);
      return { body: new Uint8Array(await blob.arrayBuffer()), contentType: blob.type === "" ? undefined : blob.type };
    }
    case "FormData": {
      // Only the platform can write multipart/form-data, boundary included, and it does so for its own FormData.
      const encoded = new Response(nativeForm(body as FormData));
      // Before the body: Bun forgets the header when the body is read as a stream.
      const contentType = encoded.headers.get("content-type") ?? undefined;
      return { body: await readBody(encoded, maxBytes, signal), contentType };
    }
    case "ReadableStream":
      return body as ReadableStream;
    default:
      // Node's fetch also takes async iterables: a stream by another name.
      if (typeof body === "object" && body !== null && Symbol.asyncIterator in body) return body as ReadableStream;
      throw new FetchError(
        "BODY_UNSUPPORTED",
        `The body is of type ${tagOf(body)}: pass text, bytes, a Blob, FormData, URLSearchParams or a stream; ` +
          "JSON.stringify plain objects.",
      );
  }
}

/**
 * Reads the body of a Request or Response to its end.
 *
 * @throws FetchError `BODY_TOO_LARGE` as soon as it exceeds `maxBytes`; the signal's reason when that aborts.
 */
export async function readBody(
  source: Request | Response,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  // Firefox has no Request.body (https://bugzilla.mozilla.org/show_bug.cgi?id=1387483).
  if (source.body === undefined || source.body === null) {
    const bytes = new Uint8Array(await source.arrayBuffer());
    if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
    return bytes;
  }
  const reader = source.body.getReader();
  const abort = (): void => void reader.cancel(signal?.reason).catch(() => undefined);
  signal?.addEventListener("abort", abort, { once: true });
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) break;
      length += value.byteLength;
      if (length > maxBytes) {
        await reader.cancel().catch(() => undefined);
        throw tooLarge(maxBytes);
      }
      chunks.push(value);
    }
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function nativeForm(form: FormData): FormData {
  if (form instanceof FormData) return form;
  const native = new FormData();
  for (const [name, value] of form as Iterable<[string, string | File]>) {
    if (typeof value === "string") native.append(name, value);
    else native.append(name, value, value.name);
  }
  return native;
}

function tooLarge(maxBytes: number): FetchError {
  return new FetchError(
    "BODY_TOO_LARGE",
    `The body exceeds maxBufferBytes (${maxBytes}): raise it, or pass a stream with payload 'unsigned' or { sha256 }.`,
  );
}
