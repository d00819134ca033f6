import { type AwsCredentials, checkCredentials, type CredentialProvider, type Credentials } from "@countersign/signer";
import { renewing } from "@countersign/fetch/parts";

/**
 * The provider in credentials of any form. One that caches by itself is called through; any other is cached.
 *
 * @throws SignerError as `checkCredentials` for fixed credentials, and for what is neither.
 */
export function providerOf(credentials: Credentials): CredentialProvider {
  const given = Object(credentials) as { readonly provider?: CredentialProvider };
  const source = Object.hasOwn(given, "provider") ? given.provider : credentials;
  if (typeof source === "function") {
    return Object.hasOwn(source, "memoized") && source.memoized === true ? source : renewing(source);
  }
  const fixed = checkCredentials(source as AwsCredentials);
  return async () => fixed;
}
