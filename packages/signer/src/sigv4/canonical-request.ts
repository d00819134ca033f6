import { words } from "#words";
import type { CanonicalHeaders } from "./canonical-headers.ts";
import { refuse } from "../errors/refuse.ts";
import { isToken } from "./header-rules.ts";

/**
 * The canonical request: six parts, each on a line of its own.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalRequest(
  method: string,
  path: string,
  query: string,
  headers: CanonicalHeaders,
  payloadHash: string,
): string {
  return `${method}\n${path}\n${query}\n${headers.lines}\n${headers.signedHeaders}\n${payloadHash}`;
}

/** The method in upper case. @throws SignerError `INVALID_METHOD`. */
export function canonicalMethod(method = "GET"): string {
  return isToken(method)
    ? method.toUpperCase()
    : refuse("INVALID_METHOD", words ? "method: must be one such as POST" : "method");
}
