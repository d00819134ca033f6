import { words } from "#words";
import { checkCredentials } from "./check-credentials.ts";
import type {
  CredentialProvider,
  CredentialRejection,
  CredentialRequest,
  Credentials,
  MemoizedProvider,
} from "./credentials.ts";
import { refuse } from "../errors/refuse.ts";

/**
 * The provider in credentials of any form.
 *
 * @throws SignerError `INVALID_OPTION` for what is none of them.
 */
export function toProvider(credentials: Credentials): CredentialProvider {
  if (typeof credentials === "function") return credentials;
  if (typeof credentials !== "object" || credentials === null) {
    refuse("INVALID_OPTION", words ? "credentials: must be an access key, a provider or { provider }" : "credentials");
  }
  return "provider" in credentials ? toProvider(credentials.provider) : async () => credentials;
}

/** Fills in what a memoized provider may lack, and checks what it answers. */
export function callThrough(provider: CredentialProvider): MemoizedProvider {
  return Object.assign(async (request?: CredentialRequest) => checkCredentials(await provider(request)), {
    memoized: true as const,
    peek: () => provider.peek?.(),
    invalidate: (rejection: CredentialRejection) => provider.invalidate?.(rejection),
  });
}
