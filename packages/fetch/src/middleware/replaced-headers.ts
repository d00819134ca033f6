/**
 * Headers that a caller may not set, besides those that signing replaces: fetch writes them itself and browsers forbid
 * them (https://fetch.spec.whatwg.org/#forbidden-request-header), or they hold the hash of an earlier signature.
 */
export const REPLACED: readonly string[] = ["host", "content-length", "x-amz-content-sha256"];
