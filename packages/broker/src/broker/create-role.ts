import type { CredentialRejection, CredentialRequest } from "@countersign/signer";
import {
  checkOptions,
  flag,
  oneOf,
  optional,
  shape,
  type Shapes,
  signalShape,
  text,
} from "@countersign/signer/options";
import type { SessionCache } from "../cache/session-cache.ts";
import { refuseOption } from "../errors/refuse.ts";
import type { BrokerCredentials } from "../model/credentials.ts";
import type { Role } from "../model/role.ts";
import type { Session } from "../model/session.ts";

const requestShapes: Shapes<CredentialRequest> = {
  signal: optional(signalShape),
  minTtlMs: optional(shape("a number of milliseconds from 0", (ms) => typeof ms === "number" && ms >= 0)),
  forceRefresh: optional(flag),
};

const rejectionShapes: Shapes<CredentialRejection> = { accessKeyId: text, reason: oneOf("rejected", "revoked") };

/** Binds a session to the cache. */
export function createRole(session: Session, cache: SessionCache): Role {
  async function checkedGet(request: CredentialRequest): Promise<BrokerCredentials> {
    return cache.get(session, checkOptions(request, requestShapes, refuseOption));
  }
  const get = (request?: CredentialRequest): Promise<BrokerCredentials> =>
    request === undefined ? cache.get(session) : checkedGet(request);
  const peek = (): BrokerCredentials | undefined => cache.peek(session);
  const invalidate = (rejection: CredentialRejection): void =>
    void cache.invalidate(session, checkOptions(rejection, rejectionShapes, refuseOption));
  // A new function for each role: SDK clients write a property on the provider they are given. They also pass fields
  // that do not belong to a `CredentialRequest`, so unknown names are ignored here.
  const provider = (request?: CredentialRequest): Promise<BrokerCredentials> => cache.get(session, request);
  return {
    get,
    peek,
    invalidate,
    provider: Object.assign(provider, { memoized: true as const, peek, invalidate }),
    key: session.label,
  };
}
