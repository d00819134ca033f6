/**
 * Where services differ. Every setting may be left out: the defaults follow the service. Set one for a service that
 * this library does not know.
 */
export interface SigningSettings {
  /**
   * How the path is encoded in the canonical request. `double`: encoded again as it travels, so `%20` becomes `%2520`;
   * every service but Amazon S3. `single`: once; Amazon S3.
   */
  readonly pathEncoding?: "double" | "single";
  /**
   * `rfc3986`: dot segments and repeated slashes are resolved in the canonical request; every service but Amazon S3.
   * `none`: nothing is touched; Amazon S3, where `a/../b` is a key of its own.
   */
  readonly pathNormalization?: "rfc3986" | "none";
  /**
   * Which headers are covered by the signature besides those that signing adds. `robust`: host, content-type,
   * content-md5, `x-amz-*` and `x-amzn-sagemaker-*`: nothing that proxies or tracing agents add or rewrite. `all`: all
   * but those that are known to change on the way. A list adds to and removes from `robust`.
   */
  readonly signedHeaders?: "robust" | "all" | { readonly also?: readonly string[]; readonly never?: readonly string[] };
  /**
   * `signed`: the session token is part of what is signed. `appended`: it is added afterwards; AWS IoT's WebSocket
   * endpoint.
   */
  readonly sessionToken?: "signed" | "appended";
  /** Whether the payload hash is sent in `x-amz-content-sha256`. `always`: Amazon S3. */
  readonly payloadHeader?: "never" | "always";
}
