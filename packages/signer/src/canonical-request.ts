import type { CanonicalHeaders } from "./canonical-headers.ts";
import type { CanonicalTarget } from "./canonical-target.ts";
import { SignerError } from "./error.ts";
import { isToken } from "./header-rules.ts";

/**
 * The canonical request: six parts, each on a line of its own.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalRequest(
  method: string,
  target: Pick<CanonicalTarget, "canonicalPath" | "canonicalQuery">,
  headers: CanonicalHeaders,
  payloadHash: string,
): string {
  const { canonicalPath, canonicalQuery } = target;
  return `${method}\n${canonicalPath}\n${canonicalQuery}\n${headers.lines}\n${headers.signedHeaders}\n${payloadHash}`;
}

/** The method in upper case. @throws SignerError `INVALID_METHOD`. */
export function canonicalMethod(method = "GET"): string {
  if (typeof method !== "string" || !isToken(method)) {
    throw new SignerError("INVALID_METHOD", "method: expected an HTTP method such as POST");
  }
  return method.toUpperCase();
}
