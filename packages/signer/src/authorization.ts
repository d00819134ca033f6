import type { SigningScope } from "./signing-scope.ts";
import { ALGORITHM } from "./string-to-sign.ts";

/**
 * The Authorization header up to the signature, which stays last: event streams take their seed from there.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function authorizationUpTo(
  scope: Pick<SigningScope, "accessKeyId" | "credentialScope">,
  signedHeaders: string,
): string {
  return `${ALGORITHM} Credential=${scope.accessKeyId}/${scope.credentialScope}, SignedHeaders=${signedHeaders}, Signature=`;
}
