import { words } from "@countersign/signer";
import { refuse } from "../errors/fetch-error.ts";
import { checkUnread, isRequest } from "./outgoing.ts";
import { readBody } from "./read-body.ts";

/** A body that can be hashed and sent again, or a stream that can be neither; and the content type fetch would give it. */
export interface KnownBody {
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream | null;
  readonly contentType?: string | null;
}

/**
 * Turns a body into bytes that can be hashed and sent more than once; a stream stays what it is.
 *
 * Bytes are copied: as with any fetch, what the caller does to a buffer after the call changes nothing. Kinds are told
 * by their tag, so that the FormData of another copy of undici, or of another frame, is one too.
 *
 * @param body a `BodyInit`, or a Request for the body it holds.
 * @param maxBytes of bodies whose bytes are not in memory already.
 * @throws FetchError `BODY_UNSUPPORTED` for what is no `BodyInit`, `BODY_TOO_LARGE` beyond `maxBytes`.
 */
export async function knowBody(
  body: unknown,
  maxBytes: number,
  signal: AbortSignal | null | undefined,
): Promise<KnownBody> {
  if (body === null) return { body };
  if (typeof body === "string") return { body, contentType: "text/plain;charset=UTF-8" };
  const kind = Object.prototype.toString.call(body).slice(8, -1);
  if (/.Array$|ArrayBuffer$|^DataView$/.test(kind)) {
    const { buffer = body as ArrayBuffer, byteOffset, byteLength } = body as Partial<ArrayBufferView>;
    return { body: new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength)) };
  }
  if (/^(?:Blob|File|FormData|URLSearchParams)$/.test(kind)) {
    // Only the platform can write multipart/form-data, boundary included, and it does so for its own FormData.
    const encoded = new Response(kind === "FormData" ? ownForm(body as FormData) : (body as BodyInit));
    // Before the body: Bun forgets the header when the body is read as a stream.
    const contentType = encoded.headers.get("content-type");
    return { body: await readBody(encoded, maxBytes, signal), contentType };
  }
  if (isRequest(body)) {
    if (body.body === null || /^(?:GET|HEAD)$/.test(body.method)) return { body: null };
    checkUnread(body);
    return { body: await readBody(body, maxBytes, signal) };
  }
  // Node's fetch also takes async iterables: a stream by another name.
  if (kind === "ReadableStream" || Symbol.asyncIterator in Object(body)) return { body: body as ReadableStream };
  return refuse(
    "BODY_UNSUPPORTED",
    words
      ? `The body is of type ${kind}: pass text, bytes, a Blob, FormData, URLSearchParams or a stream; JSON.stringify plain objects.`
      : `body: ${kind}`,
  );
}

function ownForm(form: FormData): FormData {
  const own = new FormData();
  // A File keeps its name.
  for (const [name, value] of form as Iterable<[string, string]>) own.append(name, value);
  return own;
}
