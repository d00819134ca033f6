import type { Clock, Emit } from "@countersign/signer";
import { anchorNow } from "../model/effective-time.ts";
import type { Fetched, FetchRequest } from "../model/fetched.ts";
import type { Revocations } from "./revocations.ts";
import type { Session } from "../model/session.ts";
import type { StoreGuard } from "./store-guard.ts";
import { readingFrom } from "./store-answer.ts";
import type { SharedStore, StoredSession, StoreSlot } from "./store.ts";
import { MIN_LIFE_MS } from "../sts/sts-answer.ts";

/** What shares sessions with other processes. */
export interface SharedSessions {
  /** A session that somebody else fetched, if it is of use. */
  find(session: Session, request: FetchRequest): Promise<Fetched | undefined>;
  /** Tries to become the one process that fetches. */
  claim(session: Session): Promise<Claim>;
  put(session: Session, fetched: Fetched): Promise<void>;
  /** Forgets what is stored under a key that was revoked. */
  drop(session: Session): Promise<void>;
}

/** `won`: fetch, then release. `lost`: another process fetches. `alone`: the store does not answer, or knows no locks. */
export type Claim = { readonly state: "won"; release(): Promise<void> } | { readonly state: "lost" | "alone" };

export interface SharedSessionsPorts {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly guard: StoreGuard;
  readonly revocations: Revocations;
}

/** Longer than a fetch takes unless STS is ill; what it protects is STS's quota, so that a second call does no harm. */
export const LOCK_MS = 20_000;
/** A record that expires sooner is left to whoever fetches next. */
const MIN_REMAINING_MS = 60_000;
/** Two readings of one expiry, by clocks that differ. */
const SAME_MS = 2000;

export function createSharedSessions(store: SharedStore, ports: SharedSessionsPorts): SharedSessions {
  const { clock, emit, guard, revocations } = ports;
  const alarm = (session: Session, code: string): void => emit("store.alarm", () => ({ key: session.label, code }));
  const drop = async (slot: StoreSlot): Promise<void> => {
    await guard.run(() => store.drop(slot));
  };

  return {
    async find(session, request) {
      const slot = slotOf(session);
      const answer = await guard.run(() => store.read(slot));
      if (answer === undefined) return undefined;
      const reading = readingFrom(answer.value, clock.now());
      for (const revocation of reading.revocations) revocations.learn(revocation);
      const found = reading.session;
      const code = reading.alarm ?? (found && whyNot(session, found, revocations, clock));
      if (code !== undefined) {
        alarm(session, code);
        // Under a key we do not have is what somebody wrote who is ahead in a rotation: theirs to keep.
        if (code !== "RECORD_KEY_UNKNOWN") await drop(slot);
        return undefined;
      }
      return found && usable(session, found, request, clock);
    },

    async claim(session) {
      const slot = slotOf(session);
      if (store.lock === undefined) return { state: "alone" };
      const locked = await guard.run(() => store.lock?.(slot, LOCK_MS) ?? Promise.resolve(undefined));
      if (locked === undefined) return { state: "alone" };
      const token = locked.value;
      if (token === undefined) return { state: "lost" };
      return {
        state: "won",
        async release() {
          await guard.run(() => store.unlock?.(slot, token) ?? Promise.resolve());
        },
      };
    },

    async put(session, { credentials, issuedAt, epochs }) {
      await guard.run(() => store.write(slotOf(session), { credentials, issuedAt, epochs }));
    },

    drop: (session) => drop(slotOf(session)),
  };
}

/** What makes a record one that should not be there. */
function whyNot(
  session: Session,
  { credentials, issuedAt, epochs }: StoredSession,
  revocations: Revocations,
  clock: Clock,
): string | undefined {
  const expiresAt = credentials.expiration.getTime();
  if (!(expiresAt > clock.now())) return "RECORD_EXPIRED";
  const { accountId = session.accountId } = credentials;
  if (accountId !== session.accountId && session.accountId !== undefined) return "RECORD_FOREIGN";
  return revocations.isVoid(session.subjects, { issuedAt, epochs }) ? "RECORD_REVOKED" : undefined;
}

function usable(
  session: Session,
  { credentials, issuedAt, epochs }: StoredSession,
  { avoid, longerThanMs }: FetchRequest,
  clock: Clock,
): Fetched | undefined {
  const expiresAt = credentials.expiration.getTime();
  const lifetimeMs = Math.min(expiresAt - clock.now(), session.durationSeconds * 1000);
  const minMs = Math.max(MIN_REMAINING_MS, MIN_LIFE_MS, longerThanMs + SAME_MS);
  if (lifetimeMs <= minMs || credentials.accessKeyId === avoid) return undefined;
  return { credentials, askedAt: anchorNow(clock), lifetimeMs, issuedAt, epochs };
}

function slotOf({ key, canon, subjects, operation, given }: Session): StoreSlot {
  return { key, canon, subjects, operation, input: given };
}
