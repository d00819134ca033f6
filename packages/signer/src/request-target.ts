import { SignerError } from "./error.ts";

/** A URL taken apart into what is signed. */
export interface RequestTarget {
  /** The whole, as it was given. */
  readonly url: string;
  /** Scheme and host, as they were given. */
  readonly origin: string;
  /** What the `host` header will be: lower case, without the port that goes without saying. */
  readonly host: string;
  /** As it travels; `/` when there is none. */
  readonly path: string;
  /** As it travels, without the question mark. */
  readonly query: string;
}

/**
 * Takes a URL apart without changing a byte of it: what is signed is what is sent.
 *
 * @throws SignerError `INVALID_URL` for a URL that is not absolute, of another scheme than `https:`, `http:`, `wss:` and
 * `ws:`, with control characters, or with parts that are never sent (user name, password, fragment).
 */
export function requestTarget(url: string | URL): RequestTarget {
  const text = typeof url === "string" ? url : url instanceof URL ? url.href : invalid("expected a string or a URL");
  if (hasControls(text)) invalid("must not contain control characters");
  const parts = /^(https?|wss?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(#)?/i.exec(text);
  if (parts === null)
    return invalid("expected an absolute URL such as https://runtime.sagemaker.eu-west-1.amazonaws.com/");
  const [, scheme = "", authority = "", path = "", query = "", fragment] = parts;
  if (fragment !== undefined) invalid("must not have a fragment: it is never sent");
  if (authority.includes("@"))
    invalid("must not have a user name or password: it would be sent in the Authorization header");
  const host = authority.toLowerCase();
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/.test(host)) invalid("has no valid host name");
  return {
    url: text,
    origin: `${scheme}://${authority}`,
    host: host.replace(/s$/i.test(scheme) ? /:443$/ : /:80$/, ""),
    path: path || "/",
    query,
  };
}

/** Whether text has control characters. */
export function hasControls(text: string): boolean {
  return /[^ -~\x80-\uffff]/.test(text);
}

function invalid(what: string): never {
  throw new SignerError("INVALID_URL", `url: ${what}`);
}
