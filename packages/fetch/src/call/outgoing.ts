import { words } from "@countersign/signer";
import { refuse } from "../errors/fetch-error.ts";

/** What `fetch` takes as its first argument. */
export type FetchInput = Request | URL | string;

/** A body that can be hashed and sent again, or a stream that can be neither. */
export type OutgoingBody = string | Uint8Array<ArrayBuffer> | ReadableStream | null;

/** Everything about a call except its address. */
export interface OutgoingInit extends Omit<RequestInit, "body" | "headers" | "method"> {
  readonly method: string;
  readonly headers: Headers;
  readonly body: OutgoingBody;
  readonly duplex?: "half";
}

/** A call to fetch with everything about it in one place. */
export interface Outgoing {
  /** A Request, which carries fields that have no getter (`priority`, a dispatcher), or the URL in text. */
  readonly input: Request | string;
  /** Without its fragment, which is never sent. */
  readonly url: URL;
  readonly init: OutgoingInit;
}

/** 6,291,456 bytes: the largest body that SageMaker's real-time invocations take. */
export const MAX_BUFFER_BYTES = 6_291_456;

/** Whether a value is a Request, of this platform or of another implementation. */
export function isRequest(value: unknown): value is Request {
  // A polluted `Object.prototype` neither makes a Request of text nor hides one.
  const { arrayBuffer } = Object(value) as Partial<Request>;
  return arrayBuffer !== undefined && arrayBuffer !== ({} as Partial<Request>).arrayBuffer;
}

/** Whether a body can be neither hashed nor sent again. */
export function isStream(body: OutgoingBody): body is ReadableStream {
  return body !== null && typeof body !== "string" && !ArrayBuffer.isView(body);
}

/** An address as text, read once: an object may show another address the next time. */
export function textOf(address: unknown): string {
  return unquoted("url", () => String(address));
}

/** Reads where a call goes. @throws FetchError `INVALID_REQUEST`. */
export function urlOf(address: string): URL {
  try {
    const base = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
    const url = new URL(address, base);
    url.hash = "";
    // Checked here, because the Request constructor's own error would quote the URL with its password.
    if (url.username + url.password !== "") throw new TypeError();
    return url;
  } catch {
    // Without a cause, because Node's error quotes the URL, which may hold a presigned signature.
    return refuse("INVALID_REQUEST", words ? "url: must be absolute, without user name and password" : "url");
  }
}

/** The address that a Request was made from: text, or another Request. */
export type Remember = (request: Request, from: Request | string) => void;

/** Checks `init` as a whole. @throws FetchError `INVALID_REQUEST`. */
export function checkInit(init: unknown): void {
  if (init !== undefined && (typeof init !== "object" || Array.isArray(init))) {
    refuse("INVALID_REQUEST", words ? 'init: must be an object, such as { method: "POST" }' : "init");
  }
}

/** A mode that drops the signature's headers. @throws FetchError `INVALID_REQUEST`. */
export function checkMode(mode: string | undefined): void {
  if (mode === "no-cors") {
    refuse(
      "INVALID_REQUEST",
      words ? "mode: must not be no-cors, which drops the signature's headers; use cors" : "mode",
    );
  }
}

/** A body can be read once. @throws FetchError `INVALID_REQUEST`. */
export function checkUnread({ bodyUsed }: Pick<Request, "bodyUsed">): void {
  if (bodyUsed) refuse("INVALID_REQUEST", words ? "body: must be unread; pass a clone of the Request" : "body");
}

/** Runs a step of the platform whose error would quote the caller's input: a header's value, a URL with its password. */
export function unquoted<Result>(field: string, step: () => Result): Result {
  try {
    return step();
  } catch {
    return refuse("INVALID_REQUEST", words ? `${field}: must be what the Fetch standard takes` : field);
  }
}

/** Refuses a body of an unknown kind. */
export function refuseBody(kind: string): never {
  return refuse(
    "BODY_UNSUPPORTED",
    words
      ? `body: must be text, bytes, a Blob, FormData, URLSearchParams or a stream, not ${kind}; JSON.stringify plain objects`
      : `body: ${kind}`,
  );
}
