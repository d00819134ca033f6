import type { SigningScope } from "./signing-scope.ts";

/**
 * The Authorization header up to the signature, which stays last: event streams take their seed from there.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function authorizationUpTo(
  scope: Pick<SigningScope, "accessKeyId" | "algorithm" | "credentialScope">,
  signedHeaders: string,
): string {
  return `${scope.algorithm} Credential=${scope.accessKeyId}/${scope.credentialScope}, SignedHeaders=${signedHeaders}, Signature=`;
}
