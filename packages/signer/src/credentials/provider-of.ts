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
 * The provider in credentials of any form.
 *
 * @throws SignerError `INVALID_OPTION` for anything else.
 */
export function toProvider(credentials: Credentials): CredentialProvider {
  if (typeof credentials === "function") return credentials;
  if (typeof credentials !== "object" || credentials === null) {
    refuse("INVALID_OPTION", words ? "credentials: must be an access key, a provider or { provider }" : "credentials");
  }
  const { provider } = credentialsForm(credentials);
  return provider === undefined ? async () => credentials as AwsCredentials : toProvider(provider);
}

/** The `provider` in credentials, if they have one: fixed credentials do not. */
export function credentialsForm(credentials: object): { readonly provider: CredentialProvider | undefined } {
  return { provider: own(credentials as { readonly provider?: CredentialProvider }, "provider") };
}

/** Fills in what a memoized provider may lack, and checks what it answers. */
export function callThrough(provider: CredentialProvider): MemoizedProvider {
  return Object.assign(async (request?: CredentialRequest) => checkCredentials(await provider(request)), {
    memoized: true as const,
    peek: () => own(provider, "peek")?.call(provider),
    invalidate: (rejection: CredentialRejection) => own(provider, "invalidate")?.call(provider, rejection),
  });
}
