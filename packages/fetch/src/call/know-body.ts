import { checkUnread, isRequest, type OutgoingBody, refuseBody, unquoted } from "./outgoing.ts";
import { readBody } from "./read-body.ts";
import { own } from "./own.ts";

/** A body that is ready to be sent, and the content type that fetch would give it. */
export interface KnownBody {
  readonly body: OutgoingBody;
  readonly contentType: string | null;
}

/**
 * Turns a body into bytes that can be hashed and sent more than once; a stream stays a stream.
 *
 * Bytes are copied: as with any fetch, changes to a buffer after the call have no effect. The kind of a body is read
 * from its tag, so that FormData of another copy of undici, or of another frame, is recognised too.
 *
 * @param body what `init.body` takes, or a Request whose body is meant.
 * @param maxBytes the limit for bodies whose bytes are not in memory yet.
 * @throws FetchError `BODY_UNSUPPORTED`; `BODY_TOO_LARGE` beyond `maxBytes`.
 */
export async function knowBody(
  body: unknown,
  maxBytes: number,
  signal: AbortSignal | null | undefined,
): Promise<KnownBody> {
  if (body === null) return { body, contentType: null };
  if (typeof body === "string") return { body, contentType: "text/plain;charset=UTF-8" };
  // Even the kind of a revoked Proxy cannot be asked for.
  const kind = unquoted("body", () => Object.prototype.toString.call(body).slice(8, -1));
  if (/.Array$|ArrayBuffer$|^DataView$/.test(kind)) {
    // Reading a transferred buffer fails.
    const bytes = unquoted("body", () => {
      const { buffer = body as ArrayBuffer, byteOffset, byteLength } = body as Partial<ArrayBufferView>;
      return new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength));
    });
    return { body: bytes, contentType: null };
  }
  if (/^(?:Blob|File|FormData|URLSearchParams)$/.test(kind)) {
    // The platform encodes multipart/form-data, boundary included, but only for its own FormData.
    const encoded = new Response(
      kind === "FormData" ? unquoted("body", () => ownForm(body as FormData)) : (body as Blob),
      own<ResponseInit>({ headers: [] }),
    );
    // Read before the body: Bun forgets the header once the body is read as a stream.
    const contentType = encoded.headers.get("content-type");
    return { body: await readBody(encoded, maxBytes, signal), contentType };
  }
  if (isRequest(body)) {
    // From the platform's own getter: what it holds is sent, not what a subclass shows.
    const isNative: boolean = body instanceof Request;
    const held: Request["body"] = isNative ? Reflect.get(Request.prototype, "body", body) : body.body;
    if (held === null || /^(?:GET|HEAD)$/.test(body.method)) return { body: null, contentType: null };
    if (typeof held?.getReader !== "function") refuseBody("a Request whose body is no stream");
    // A reader that holds the stream reads it elsewhere.
    checkUnread({ bodyUsed: body.bodyUsed || held.locked });
    return { body: await readBody({ body: held } as Request, maxBytes, signal), contentType: null };
  }
  // Node's fetch also takes async iterables, and treats them as streams.
  if (kind === "ReadableStream" || Symbol.asyncIterator in Object(body))
    return { body: body as ReadableStream, contentType: null };
  return refuseBody(kind);
}

function ownForm(form: FormData): FormData {
  const own = new FormData();
  // A File keeps its name.
  for (const [name, value] of form as Iterable<[string, string]>) own.append(name, value);
  return own;
}
