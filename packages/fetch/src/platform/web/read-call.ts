import {
  checkMode,
  type FetchInput,
  isRequest,
  MAX_BUFFER_BYTES,
  type Outgoing,
  type OutgoingBody,
  refuseBody,
  type Remember,
  unquoted,
  urlOf,
} from "../../call/outgoing.ts";
import { readBody } from "../../call/read-body.ts";
import { own } from "../../call/own.ts";

/** The kinds of body; those in the group are in memory already and may have any size. */
const KIND = /^(?:(String|.+Array|ArrayBuffer|DataView|URLSearchParams)|Null|Blob|File|FormData|ReadableStream)$/;

/**
 * Reads both forms of calling fetch into one, with the body's bytes known. The browser's own Request reads the call: it
 * keeps every field and encodes every kind of body.
 *
 * @throws FetchError `INVALID_REQUEST`, `BODY_UNSUPPORTED` or `BODY_TOO_LARGE`.
 */
export async function readCall(
  input: FetchInput,
  init?: RequestInit | null,
  maxBufferBytes: number = MAX_BUFFER_BYTES,
  remember?: Remember,
): Promise<Outgoing> {
  const extra: RequestInit = own(isRequest(init) ? undefined : init);
  const given = extra.body ?? null;
  // Even the kind of a revoked Proxy cannot be asked for.
  const kind = unquoted("body", () => Object.prototype.toString.call(given).slice(8, -1));
  const [known, inMemory] = KIND.exec(kind) ?? [];
  if (known === undefined) refuseBody(kind);
  const streamed = kind === "ReadableStream";
  if (streamed) extra.body = null;
  // A Request that was read, a password in the address: the constructor refuses them, and would quote the address.
  const [address, request] = unquoted("request", () => {
    const from = isRequest(input) ? input : String(input);
    return [from, new Request(from, isRequest(init) ? init : extra)];
  });
  // The Request decides where the call goes: a page's `<base>` or a foreign Request may have changed the address.
  const url = urlOf(request.url);
  const { method, mode, headers, signal, redirect, referrer, referrerPolicy } = request;
  checkMode(mode);
  signal.throwIfAborted();
  const ready = streamed || typeof given === "string";
  const none = request.body === null || method === "GET" || method === "HEAD";
  const body = ready ? given : none ? null : await readBody(request, inMemory ? Infinity : maxBufferBytes, signal);
  remember?.(request, address);
  return {
    input: request,
    url,
    init: Object.assign(extra, {
      method,
      headers,
      body: body as OutgoingBody,
      signal,
      redirect,
      // A Request handed on with an init loses them.
      referrer,
      referrerPolicy,
      ...(streamed && { duplex: "half" as const }),
    }),
  };
}
