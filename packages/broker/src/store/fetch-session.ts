import type { Fetch, Fetched, FetchRequest } from "../model/fetched.ts";
import type { Session } from "../model/session.ts";
import { assume, type AssumePorts } from "../sts/assume.ts";
import type { Revocations } from "./revocations.ts";
import { type Lease, LEASE_MS, type SharedSessions } from "./shared-sessions.ts";

export interface FetchPorts extends AssumePorts {
  readonly revocations: Revocations;
  /** `undefined`: there is no store, or the store must not contain this session. */
  readonly sharedFor: (session: Session) => SharedSessions | undefined;
}

/** A process that has waited this long for others fetches by itself. */
const PATIENCE_MS = 6 * LEASE_MS;
/** The pause between two looks at the store while another process fetches, in milliseconds. */
const MIN_LOOK_MS = 25;
const MAX_LOOK_MS = 75;

/** Makes the function that fetches a session: from another process through the store, or from STS. */
export function createFetch(ports: FetchPorts): Fetch {
  const { clock, random, revocations } = ports;

  async function fromSts(session: Session, request: FetchRequest): Promise<Fetched> {
    const epochs = revocations.epochs(session.subjects);
    return { ...(await assume(session, request, ports)), epochs };
  }

  /** Fetches for the whole fleet, unless another process just did. */
  async function forAll(
    shared: SharedSessions,
    session: Session,
    request: FetchRequest,
    lease: Lease & { readonly state: "held" },
  ): Promise<Fetched> {
    try {
      const found = await shared.find(session, request);
      if (found !== undefined) return found;
      const fetched = await fromSts(session, request);
      if (!request.isTooShort(fetched)) await shared.put(session, fetched);
      return fetched;
    } finally {
      await lease.release();
    }
  }

  return async (session, request) => {
    const shared = ports.sharedFor(session);
    if (shared === undefined) return fromSts(session, request);
    const giveUpAt = clock.monotonic() + PATIENCE_MS;
    for (;;) {
      const found = await shared.find(session, request);
      if (found !== undefined) return found;
      const lease = await shared.lease(session);
      if (lease.state === "held") return forAll(shared, session, request, lease);
      if (lease.state === "taken" && request.background) return undefined;
      if (lease.state === "alone" || clock.monotonic() >= giveUpAt) {
        const fetched = await fromSts(session, request);
        if (!request.isTooShort(fetched)) await shared.put(session, fetched);
        return fetched;
      }
      await clock.sleep(MIN_LOOK_MS + (MAX_LOOK_MS - MIN_LOOK_MS) * random(), request.signal);
    }
  };
}
