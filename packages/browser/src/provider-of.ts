import { type AwsCredentials, checkCredentials, type CredentialProvider, type Credentials } from "@countersign/signer";
import { renewing } from "@countersign/fetch/parts";
import { own } from "@countersign/signer/options";

/**
 * The provider in credentials of any form. One that caches by itself is called through; any other is cached.
 *
 * @throws SignerError as `checkCredentials` for fixed credentials, and for what is neither.
 */
export function providerOf(credentials: Credentials): CredentialProvider {
  const source = own(Object(credentials) as { readonly provider?: CredentialProvider }, "provider") ?? credentials;
  if (typeof source === "function") return own(source, "memoized") === true ? source : renewing(source);
  const fixed = checkCredentials(source as AwsCredentials);
  return async () => fixed;
}
