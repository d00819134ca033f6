import type { BrokerSnapshot } from "../model/snapshot.ts";

/** Whether a server should get requests, and in a word why. */
export interface Readiness {
  readonly ready: boolean;
  readonly says: string;
}

/**
 * Whether the server should get requests. It is not ready while STS rejects the broker's own credentials, since then no
 * session can be fetched. It stays ready while STS is out of reach, since valid sessions are still served; while the
 * store is off; and while STS refuses the role of one grant, which is that grant's fault.
 */
export function readiness({ roles, source, store }: BrokerSnapshot): Readiness {
  if (source?.rejected !== undefined) return { ready: false, says: "source rejected" };
  const unreachable = roles.some(({ lastError }) => lastError !== undefined && !TENANT_ERRORS.has(lastError.code));
  return { ready: true, says: unreachable || store?.off !== undefined ? "degraded" : "ready" };
}

/** Refusals that concern one role only. */
const TENANT_ERRORS: ReadonlySet<string> = new Set(["ACCESS_DENIED", "REQUEST_REJECTED", "INVALID_SPEC", "REVOKED"]);
