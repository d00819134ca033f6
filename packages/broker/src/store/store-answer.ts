import type { Revocation, StoredSession, StoreReading } from "./store.ts";

/** Clocks of one fleet; a revocation from further ahead is nobody's. */
const AHEAD_MS = 60 * 60 * 1000;
/** One more than this still has the 15 digits that stores write. */
const MAX_EPOCH = 9e14;

/**
 * What a store gave, as far as it is what a store gives: whoever writes to it, or wrote it, is not trusted to keep to
 * the types. A session that is none is an alarm.
 */
export function readingFrom(answer: unknown, now: number): StoreReading {
  const { session, alarm, revocations } = Object(answer) as Partial<StoreReading>;
  return {
    revocations: revocationsFrom(revocations, now),
    ...(typeof alarm === "string" && { alarm }),
    ...(session != null && (isSession(session) ? { session } : { alarm: "RECORD_MALFORMED" })),
  };
}

export function revocationsFrom(answer: unknown, now: number): readonly Revocation[] {
  return Array.isArray(answer) ? answer.filter((one): one is Revocation => isRevocation(one, now)) : [];
}

/** Far ahead of the clock it would void every session to come, too. */
export function isRevocation(one: unknown, now: number): one is Revocation {
  const { subject, epoch, issuedBefore } = Object(one) as Partial<Revocation>;
  return typeof subject === "string" && isMoment(epoch, MAX_EPOCH) && isMoment(issuedBefore, now + AHEAD_MS);
}

function isSession(session: unknown): session is StoredSession {
  const { credentials, issuedAt, epochs } = Object(session) as Partial<StoredSession>;
  const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = Object(credentials) as Partial<
    StoredSession["credentials"]
  >;
  return (
    [accessKeyId, secretAccessKey, sessionToken, accountId ?? "-"].every(
      (text) => typeof text === "string" && text !== "",
    ) &&
    expiration instanceof Date &&
    Number.isFinite(issuedAt) &&
    Array.isArray(epochs)
  );
}

function isMoment(ms: unknown, latest: number): boolean {
  return typeof ms === "number" && ms >= 0 && ms <= latest;
}
