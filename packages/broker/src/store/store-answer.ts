import { type AwsCredentials, checkCredentials } from "@countersign/signer";
import type { Revocation, RevocationReading, StoredSession, StoreReading } from "./store.ts";

/** Clocks of one fleet differ by less. A revocation from further ahead is invalid: it would void all later sessions. */
export const AHEAD_MS: number = 60 * 60 * 1000;
/** One more than this still has the 15 digits that stores write. */
const MAX_EPOCH = 9e14;

/** A store's answer to `read`, without the parts that have the wrong form. A malformed session is an alarm. */
export function readingFrom(answer: unknown, now: number): StoreReading {
  const { session, remainingMs, alarm, revocations, revocationAlarms } = Object(answer) as Partial<StoreReading>;
  return {
    revocations: revocationsFrom(revocations, now),
    revocationAlarms: alarmsFrom(revocationAlarms),
    ...(typeof alarm === "string" && { alarm }),
    ...(isMoment(remainingMs, Infinity) && { remainingMs }),
    ...(session != null && (isSession(session) ? { session } : { alarm: "RECORD_MALFORMED" })),
  };
}

/** A store's answer to `revocations`, without the parts that have the wrong form. */
export function revocationReadingFrom(answer: unknown, now: number): Required<RevocationReading> {
  const { revocations, alarms, isPartial } = Object(answer) as Partial<RevocationReading>;
  return {
    revocations: revocationsFrom(revocations, now),
    alarms: alarmsFrom(alarms),
    isPartial: isPartial === true,
  };
}

export function isRevocation(one: unknown, now: number): one is Revocation {
  const { subject, epoch, issuedBefore } = Object(one) as Partial<Revocation>;
  return typeof subject === "string" && isMoment(epoch, MAX_EPOCH) && isMoment(issuedBefore, now + AHEAD_MS);
}

function revocationsFrom(answer: unknown, now: number): readonly Revocation[] {
  return Array.isArray(answer) ? answer.filter((one): one is Revocation => isRevocation(one, now)) : [];
}

function alarmsFrom(answer: unknown): readonly string[] {
  return Array.isArray(answer) ? answer.filter((one): one is string => typeof one === "string") : [];
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
    canSign(credentials as StoredSession["credentials"]) &&
    Number.isFinite(issuedAt) &&
    Array.isArray(epochs)
  );
}

function canSign(credentials: AwsCredentials): boolean {
  try {
    checkCredentials(credentials);
    return true;
  } catch {
    return false;
  }
}

function isMoment(ms: unknown, max: number): boolean {
  return typeof ms === "number" && ms >= 0 && ms <= max;
}
