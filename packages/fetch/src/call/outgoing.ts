import { words } from "@countersign/signer";
import type { KnownBody } from "./know-body.ts";
import { refuse } from "../errors/fetch-error.ts";

/** Everything about a call but its address. */
export interface OutgoingInit extends RequestInit {
  readonly method: string;
  readonly headers: Headers;
  readonly body: KnownBody["body"];
  readonly duplex?: "half";
}

/** A call to fetch with everything about it in one place. */
export interface Outgoing {
  /** A Request, which carries what has no getter (`priority`, a dispatcher), or the URL. */
  readonly input: Request | string;
  /** Without its fragment, which is never sent. */
  readonly url: URL;
  readonly init: OutgoingInit;
}

/** 6,291,456 bytes: the largest body SageMaker's real-time invocations take. */
export const MAX_BUFFER_BYTES = 6_291_456;

/** Whether a value is a Request, of this platform or of another implementation. */
export function isRequest(value: unknown): value is Request {
  const given: object = Object(value);
  return "url" in given && "arrayBuffer" in given;
}

/** Whether a body can be neither hashed nor sent again. */
export function isStream(body: OutgoingInit["body"]): body is ReadableStream {
  return body !== null && typeof body !== "string" && !ArrayBuffer.isView(body);
}

/** Where a call goes. @throws FetchError `INVALID_REQUEST`. */
export function urlOf(input: RequestInfo | URL): URL {
  try {
    const base = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
    const url = new URL(isRequest(input) ? input.url : input, base);
    url.hash = "";
    // Not by the Request constructor: its error repeats the URL, and with it the password.
    if (url.username + url.password !== "") throw new TypeError();
    return url;
  } catch {
    // Without its cause: Node's error repeats the URL, and with it a presigned signature.
    return refuse(
      "INVALID_REQUEST",
      words ? "The URL is not absolute, cannot be parsed, or holds a user name or password." : "url",
    );
  }
}

/** What cannot be signed. @throws FetchError `INVALID_REQUEST`. */
export function checkMode(mode: RequestMode | undefined): void {
  if (mode === "no-cors") {
    refuse("INVALID_REQUEST", words ? "mode 'no-cors' drops the headers of a signature: use 'cors'." : mode);
  }
}

/** A body is read once. @throws FetchError `INVALID_REQUEST`. */
export function checkUnread({ bodyUsed }: Request): void {
  if (bodyUsed) {
    refuse("INVALID_REQUEST", words ? "The Request's body was read already: pass a clone." : "bodyUsed");
  }
}
