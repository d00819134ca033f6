/** The algorithm of Signature Version 4. */
export const ALGORITHM = "AWS4-HMAC-SHA256";

/**
 * The string to sign: algorithm, time, scope and the hash of the canonical request.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function stringToSign(
  algorithm: string,
  timestamp: string,
  credentialScope: string,
  canonicalRequestHash: string,
): string {
  return `${algorithm}\n${timestamp}\n${credentialScope}\n${canonicalRequestHash}`;
}
