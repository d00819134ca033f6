import { words } from "@countersign/signer";
import { refuse } from "../../errors/fetch-error.ts";
import {
  checkMode,
  checkUnread,
  isRequest,
  MAX_BUFFER_BYTES,
  type Outgoing,
  type OutgoingInit,
  urlOf,
} from "../../call/outgoing.ts";
import { readBody } from "../../call/read-body.ts";

/** What a body may be; the kinds that are in memory already may have any size. */
const KIND = /^(?:(String|.+Array|ArrayBuffer|DataView|URLSearchParams)|Null|Blob|File|FormData|ReadableStream)$/;

/**
 * Reads both forms of calling fetch into one, with the body's bytes known: through the browser's own Request, which
 * keeps every field, and knows how each kind of body is written.
 *
 * @throws FetchError `INVALID_REQUEST`, `BODY_UNSUPPORTED`, `BODY_TOO_LARGE`, and what the Request constructor throws.
 */
export async function readCall(
  input: RequestInfo | URL,
  init?: RequestInit,
  maxBufferBytes: number = MAX_BUFFER_BYTES,
): Promise<Outgoing> {
  urlOf(input);
  const extra = isRequest(init) ? undefined : init;
  const given = extra?.body ?? null;
  const kind = Object.prototype.toString.call(given).slice(8, -1);
  const [known, inMemory] = KIND.exec(kind) ?? [];
  if (known === undefined) {
    refuse(
      "BODY_UNSUPPORTED",
      words
        ? `The body is of type ${kind}: pass text, bytes, a Blob, FormData, URLSearchParams or a stream; JSON.stringify plain objects.`
        : `body: ${kind}`,
    );
  }
  if (given === null && isRequest(input)) checkUnread(input);
  const streamed = kind === "ReadableStream";
  const request = new Request(input, streamed ? { ...extra, body: null } : init);
  // Of what is sent: a page's base or another's Request may have made another address of the input.
  const url = urlOf(request);
  const { method, mode, headers, signal, redirect, referrer, referrerPolicy } = request;
  signal.throwIfAborted();
  checkMode(mode);
  const ready = streamed || typeof given === "string";
  const none = request.body === null || method === "GET" || method === "HEAD";
  const body = ready ? given : none ? null : await readBody(request, inMemory ? Infinity : maxBufferBytes, signal);
  return {
    input: request,
    url,
    init: {
      ...extra,
      method,
      headers,
      body: body as OutgoingInit["body"],
      signal,
      redirect,
      // A Request handed on with an init loses them.
      referrer,
      referrerPolicy,
      ...(streamed && { duplex: "half" }),
    },
  };
}
