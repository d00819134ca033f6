import { words } from "#words";
import { checkCredentials } from "./check-credentials.ts";
import type {
  AwsCredentials,
  CredentialProvider,
  CredentialRejection,
  CredentialRequest,
  Credentials,
  MemoizedProvider,
} from "./credentials.ts";
import { own } from "../errors/own.ts";
import { refuse } from "../errors/refuse.ts";

/**
 * The provider in credentials of any form, or the fixed credentials themselves.
 *
 * @throws SignerError `INVALID_OPTION` for anything else.
 */
export function providerOf(credentials: Credentials): CredentialProvider | AwsCredentials {
  // One level deep: an object may be its own provider.
  const form =
    own(Object(credentials) as { readonly provider?: CredentialProvider }, "provider") ??
    (credentials as AwsCredentials | CredentialProvider);
  if (Object(form) !== form) {
    refuse("INVALID_OPTION", words ? "credentials: must be an access key, a provider or { provider }" : "credentials");
  }
  return form;
}

/** Fills in what a memoized provider may lack, and checks what it answers. */
export function callThrough(provider: CredentialProvider): MemoizedProvider {
  return Object.assign(async (request?: CredentialRequest) => checkCredentials(await provider(request)), {
    memoized: true as const,
    peek: () => own(provider, "peek")?.call(provider),
    invalidate: (rejection: CredentialRejection) => own(provider, "invalidate")?.call(provider, rejection),
  });
}
