import type { CredentialRejection, CredentialRequest } from "@countersign/signer";
import type { BrokerCredentials } from "../model/credentials.ts";
import type { Keeper } from "../cache/session-cache.ts";
import type { Role } from "../model/role.ts";
import type { Session } from "../model/session.ts";

/** Binds a session to what keeps it. */
export function createRole(session: Session, keeper: Keeper): Role {
  const get = (request?: CredentialRequest): Promise<BrokerCredentials> => keeper.get(session, request);
  const peek = (): BrokerCredentials | undefined => keeper.peek(session);
  const invalidate = (rejection: CredentialRejection): void => void keeper.invalidate(session, rejection);
  // A function of its own: SDK clients write a property of theirs on the provider they are given.
  const provider = (request?: CredentialRequest): Promise<BrokerCredentials> => keeper.get(session, request);
  return {
    get,
    peek,
    invalidate,
    provider: Object.assign(provider, { memoized: true as const, peek, invalidate }),
    key: session.label,
  };
}
