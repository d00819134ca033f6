import { assume, type AssumePorts } from "../sts/assume.ts";
import type { Fetch, Fetched, FetchRequest } from "../model/fetched.ts";
import type { Revocations } from "./revocations.ts";
import type { Session } from "../model/session.ts";
import { type Claim, LOCK_MS, type SharedSessions } from "./shared-sessions.ts";

export interface FetchPorts extends AssumePorts {
  readonly revocations: Revocations;
  /** Absent: no store, or one that must not hold this session. */
  readonly sharedFor: (session: Session) => SharedSessions | undefined;
}

/** Two who fetch may fail before a third who waits stops waiting: then something is wrong with the lock. */
const PATIENCE_MS = 2 * LOCK_MS;
/** How often those who wait for another process look whether it is done, in milliseconds. */
const LOOK_MS = { least: 25, most: 75 };

/** Makes the function that gets a session from where it is: from another process through the store, or from STS. */
export function createFetch(ports: FetchPorts): Fetch {
  const { clock, random, revocations } = ports;

  async function fromSts(session: Session, request: FetchRequest): Promise<Fetched> {
    const epochs = revocations.epochs(session.subjects);
    return { ...(await assume(session, request, ports)), epochs };
  }

  /** Fetches for the whole fleet, unless somebody just did. */
  async function forAll(
    shared: SharedSessions,
    session: Session,
    request: FetchRequest,
    claim: Claim & { readonly state: "won" },
  ): Promise<Fetched> {
    try {
      const found = await shared.find(session, request);
      if (found !== undefined) return found;
      const fetched = await fromSts(session, request);
      await shared.put(session, fetched);
      return fetched;
    } finally {
      await claim.release();
    }
  }

  return async (session, request) => {
    const shared = ports.sharedFor(session);
    if (shared === undefined) return fromSts(session, request);
    const giveUpAt = clock.monotonic() + PATIENCE_MS;
    for (;;) {
      const found = await shared.find(session, request);
      if (found !== undefined) return found;
      const claim = await shared.claim(session);
      if (claim.state === "won") return forAll(shared, session, request, claim);
      if (claim.state === "lost" && request.background) return undefined;
      if (claim.state === "alone" || clock.monotonic() >= giveUpAt) {
        const fetched = await fromSts(session, request);
        await shared.put(session, fetched);
        return fetched;
      }
      await clock.sleep(LOOK_MS.least + (LOOK_MS.most - LOOK_MS.least) * random(), request.signal);
    }
  };
}
