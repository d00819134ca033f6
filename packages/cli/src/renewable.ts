import type { CredentialRejection, CredentialRequest, MemoizedProvider } from "@countersign/signer";

/** A provider that can start anew. */
export type Renewable = MemoizedProvider & { renew(): void };

/** Makes a provider that calls the latest one made by `make`. Callers that wait keep the one that they asked. */
export function createRenewable(make: () => MemoizedProvider): Renewable {
  let current = make();
  return Object.assign((request?: CredentialRequest) => current(request), {
    memoized: true as const,
    peek: () => current.peek(),
    invalidate: (rejection: CredentialRejection) => current.invalidate(rejection),
    renew: () => void (current = make()),
  });
}
