import { type Clock, type Emit, validityOf } from "@countersign/signer";
import type { Fetched, FetchRequest } from "../model/fetched.ts";
import type { Session } from "../model/session.ts";
import { MIN_LIFE_MS, type TimePorts } from "../sts/sts-answer.ts";
import type { Revocations } from "./revocations.ts";
import { isRevocation, readingFrom } from "./store-answer.ts";
import type { StoreGuard } from "./store-guard.ts";
import type { Revocation, SharedStore, StoredSession, StoreSlot } from "./store.ts";

/** Shares sessions with other processes. */
export interface SharedSessions {
  /** A useful session that another process stored. */
  find(session: Session, request: SearchRequest): Promise<Fetched | undefined>;
  /** Tries to become the one process that fetches the session. */
  lease(session: Session): Promise<Lease>;
  put(session: Session, fetched: Fetched): Promise<void>;
  /** Removes the stored session, after its key was revoked. */
  drop(session: Session): Promise<void>;
}

/** Which stored sessions are useful. */
export type SearchRequest = Pick<FetchRequest, "avoid" | "longerThanMs">;

/** `held`: fetch, then release. `taken`: another process fetches. `alone`: the store is off, or has no leases. */
export type Lease = { readonly state: "held"; release(): Promise<void> } | { readonly state: "taken" | "alone" };

export interface SharedSessionsPorts extends TimePorts {
  readonly emit: Emit;
  readonly guard: StoreGuard;
  readonly revocations: Revocations;
}

/** A holder that was killed or paused loses its lease after this time. */
export const LEASE_MS = 1500;
const HEARTBEAT_MS = 500;
/**
 * A holder extends its lease for this long. A fetch that takes longer is slow: another process then tries too. With the
 * last extension the lease ends 2.5 s after it was taken. A second call of STS does no harm.
 */
const MAX_EXTENDED_MS = 1000;
/** A record that expires sooner is not used: the session is fetched. */
const MIN_REMAINING_MS = 60_000;
/** Two readings of one expiry by different clocks differ by less. */
const SAME_MS = 2000;

export function createSharedSessions(store: SharedStore, ports: SharedSessionsPorts): SharedSessions {
  const { clock, emit, guard, revocations } = ports;
  const alarm = (session: Session, code: string): void => emit("store.alarm", () => ({ key: session.label, code }));
  const drop = async (slot: StoreSlot): Promise<void> => {
    await guard.run(() => store.drop(slot));
  };

  async function extendWhileHeld(slot: StoreSlot, token: string, released: AbortSignal): Promise<void> {
    const takenAt = clock.monotonic();
    while (clock.monotonic() - takenAt <= MAX_EXTENDED_MS - HEARTBEAT_MS) {
      await clock.sleep(HEARTBEAT_MS, released);
      const extended = await guard.run(() => store.extend?.(slot, token, LEASE_MS) ?? Promise.resolve(false));
      if (extended?.value !== true) return;
    }
  }

  return {
    async find(session, request) {
      const slot = slotOf(session);
      const answer = await guard.run(() => store.read(slot));
      if (answer === undefined) return undefined;
      const reading = readingFrom(answer.value, clock.now());
      revocations.learn(reading.revocations);
      for (const code of new Set(reading.revocationAlarms)) alarm(session, code);
      const found = reading.session;
      if (found !== undefined) revocations.learn(unknownTo(revocations, session, found, clock.now()));
      const code = reading.alarm ?? (found && unusable(session, found, ports));
      if (code !== undefined) {
        alarm(session, code);
        // Unknown key: another process is probably further along in a rotation. Keep the record.
        if (code !== "RECORD_KEY_UNKNOWN") await drop(slot);
        return undefined;
      }
      return found && useful(session, found, reading.remainingMs, request, ports);
    },

    async lease(session) {
      const slot = slotOf(session);
      if (store.lock === undefined) return { state: "alone" };
      const locked = await guard.run(() => store.lock?.(slot, LEASE_MS) ?? Promise.resolve(undefined));
      if (locked === undefined) return { state: "alone" };
      const token = locked.value;
      if (token === undefined) return { state: "taken" };
      const released = new AbortController();
      extendWhileHeld(slot, token, released.signal).catch(() => undefined);
      return {
        state: "held",
        async release() {
          released.abort();
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

/**
 * The revocations that the fetcher of a stored session knew and this process does not: its own next one must be later, or
 * it would not void the session.
 */
function unknownTo(
  revocations: Revocations,
  { subjects }: Session,
  { epochs }: StoredSession,
  now: number,
): readonly Revocation[] {
  const known = revocations.epochs(subjects);
  return subjects
    .map((subject, index) => ({ subject, epoch: epochs[index] ?? 0, issuedBefore: 0 }))
    .filter((one, index) => isRevocation(one, now) && one.epoch > (known[index] ?? 0));
}

/** Why a stored session must not be used. */
function unusable(session: Session, found: StoredSession, ports: SharedSessionsPorts): string | undefined {
  const { credentials, issuedAt, epochs } = found;
  // Only when no reading of the time leaves any: one wrong clock must not remove valid records.
  if (!(credentials.expiration.getTime() > earliestTime(ports))) return "RECORD_EXPIRED";
  const { accountId = session.accountId } = credentials;
  if (accountId !== session.accountId && session.accountId !== undefined) return "RECORD_FOREIGN";
  return ports.revocations.isVoid(session.subjects, { issuedAt, epochs }) ? "RECORD_REVOKED" : undefined;
}

/** The time by the reading that leaves the most. */
function earliestTime({ clock, issuerTime }: TimePorts): number {
  return Math.min(machineTime(clock), issuerTime.now() ?? Infinity);
}

/** This machine's time, with a correction only if that leaves more. */
function machineTime(clock: Pick<Clock, "now" | "wall">): number {
  return Math.min(clock.wall(), clock.now());
}

/**
 * A stored session as if this process had asked for it: its validity ends by the machine's clock or by the time of the
 * issuer, whichever is later. The store's server, which counts the time as well, stands in for an issuer that is not known
 * yet. See the table of `validityOf` in the signer.
 */
function useful(
  session: Session,
  { credentials, issuedAt, epochs }: StoredSession,
  keptMs: number | undefined,
  { avoid, longerThanMs }: SearchRequest,
  { clock, issuerTime }: TimePorts,
): Fetched | undefined {
  const expiresAt = credentials.expiration.getTime();
  const machine = machineTime(clock);
  const issuer = issuerTime.now() ?? Math.min(machine, keptMs === undefined ? machine : expiresAt - keptMs);
  const earliest = Math.min(machine, issuer);
  const askedAt = {
    wall: clock.wall() - (machine - earliest),
    monotonic: clock.monotonic() - (issuer - earliest),
    offsetMs: Math.min(0, clock.offsetMs),
  };
  const spentMs = Math.max(machine, issuer) - earliest;
  const statedMs = expiresAt - earliest - spentMs;
  const remainingMs = Math.min(statedMs, keptMs ?? Infinity, session.durationSeconds * 1000);
  const minMs = Math.max(MIN_REMAINING_MS, MIN_LIFE_MS, longerThanMs + SAME_MS);
  if (remainingMs <= minMs || credentials.accessKeyId === avoid) return undefined;
  const { leastMs } = validityOf(credentials, clock);
  return {
    credentials,
    askedAt,
    lifetimeMs: spentMs + remainingMs,
    leastMs: spentMs + Math.min(leastMs, remainingMs),
    issuedAt,
    epochs,
  };
}

function slotOf({ key, canon, subjects, operation, given }: Session): StoreSlot {
  return { key, canon, subjects, operation, input: given };
}
