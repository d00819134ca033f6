/** Headers in any usual form. Names are case-insensitive; several values of one name join with `,` in order. */
export type HeadersInput =
  | Headers
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A body whose bytes are at hand. Anything else must be turned into bytes first. */
export type Body = string | Uint8Array | ArrayBuffer | null;

/**
 * What stands for the payload in the canonical request.
 *
 * - `hash` (default): the SHA-256 of `body`.
 * - `unsigned`: `UNSIGNED-PAYLOAD`. Over TLS to Amazon S3, and to few other services.
 * - `{ sha256 }`: a hash that you have already, 64 lower-case hexadecimal digits.
 * - `streaming-events`: an event stream whose messages are signed one by one (`@countersign/signer/events`).
 * - `streaming-signed`, `streaming-signed-trailer`, `streaming-unsigned-trailer`: `aws-chunked` bodies for Amazon S3
 *   (`@countersign/signer/chunked`).
 *
 * All but `hash` and `{ sha256 }` are announced in `x-amz-content-sha256`.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export type PayloadMode =
  | "hash"
  | "unsigned"
  | { readonly sha256: string }
  | "streaming-events"
  | "streaming-signed"
  | "streaming-signed-trailer"
  | "streaming-unsigned-trailer";

/** A request to sign: a plain object, so that any client's request fits with a line of code. */
export interface SignableRequest {
  /** Default: `GET`. Sent in upper case. */
  readonly method?: string | undefined;
  /** Absolute, of `https:`, `http:`, `wss:` or `ws:`, without user name, password or fragment. */
  readonly url: string | URL;
  readonly headers?: HeadersInput | undefined;
  /** Default: no body. */
  readonly body?: Body | undefined;
  /** Default: `hash`. */
  readonly payload?: PayloadMode | undefined;
}

/** What made a signature, and the signature itself. */
export interface SignedBy {
  readonly accessKeyId: string;
  /** 64 hexadecimal digits; of SigV4a more. */
  readonly signature: string;
}

/** A request as it has to be sent: same method, URL, headers and body, byte for byte. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  /** All headers to send, names in lower case. `host` is signed but only here when it was given: clients set it. */
  readonly headers: Record<string, string>;
  readonly body?: Body;
}
