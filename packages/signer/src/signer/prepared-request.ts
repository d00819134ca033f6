import type { Body, HeadersInput, PayloadMode, SignedBy } from "../sigv4/request.ts";

/** What the requests of one kind have in common. */
export interface RequestTemplate {
  /** Default: `GET`. */
  readonly method?: string | undefined;
  readonly url: string | URL;
  readonly headers?: HeadersInput | undefined;
  /** Default: `hash`. */
  readonly payload?: PayloadMode | undefined;
}

/** Signs requests that differ in body and some headers only. Made by `prepare`. */
export interface PreparedRequest {
  readonly method: string;
  /** As it must be sent. */
  readonly url: string;
  /**
   * Signs one request and returns all headers to send. `headers` are added to those of the template, or replace them,
   * and are signed under the same rule. `signed` receives the access key id and the signature.
   */
  sign(body?: Body, headers?: Record<string, string>, signed?: (by: SignedBy) => void): Promise<Record<string, string>>;
  /** The same with the credentials at hand. @throws SignerError `CREDENTIALS_NOT_READY` while they are missing. */
  signSync(body?: Body, headers?: Record<string, string>, signed?: (by: SignedBy) => void): Record<string, string>;
}
