import type { Clock } from "@countersign/signer";
import type { Anchor } from "../model/effective-time.ts";
import { BrokerError } from "../errors/error.ts";
import type { Fetched } from "../model/fetched.ts";
import type { Session } from "../model/session.ts";
import type { StsAnswer } from "./sts.ts";

/** Credentials with less left are of no use to anybody. */
export const MIN_LIFE_MS = 15_000;
const CLOCK_DOUBT_MS = 2 * 60_000;

/**
 * Accepts an answer of STS, or says why it must not be used. Validity is counted from the moment of asking by what the
 * answer says about itself, so that neither a wrong clock of this machine nor a slow network makes it longer.
 *
 * @throws BrokerError `STS_RESPONSE_INVALID`.
 */
export function acceptAnswer(
  answer: StsAnswer,
  session: Session,
  seconds: number,
  askedAt: Anchor,
  clock: Clock,
): Omit<Fetched, "epochs"> {
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration,
  } = answer.Credentials ?? {};
  if (!accessKeyId || !secretAccessKey || !sessionToken) throw invalid(session, "has no access key, secret or token");

  const expiresAt = expiration instanceof Date ? expiration.getTime() : Number.NaN;
  // An Invalid Date is smaller than nothing, so that such credentials would never be renewed (decocms/studio#6106).
  if (!Number.isFinite(expiresAt) || expiration === undefined) throw invalid(session, "has no valid Expiration");

  const accountId = answer.AssumedRoleUser?.Arn?.split(":")[4] ?? session.accountId;
  if (session.accountId !== undefined && accountId !== session.accountId) {
    throw invalid(session, `is for the account ${accountId}, not ${session.accountId}`);
  }

  const lifetimeMs = lifetimeOf(expiresAt, answer.date?.getTime() ?? Number.NaN, clock.now(), seconds * 1000);
  if (lifetimeMs <= MIN_LIFE_MS) {
    throw invalid(session, `expires in ${Math.round(lifetimeMs / 1000)} s; if that is wrong, set this machine's clock`);
  }
  return {
    credentials: {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expiration,
      ...(accountId !== undefined && { accountId }),
    },
    askedAt,
    lifetimeMs,
    issuedAt: expiresAt - seconds * 1000,
  };
}

/**
 * How long the session is good for. The answer's own `Date` and its expiry are by one clock, so their difference counts;
 * where it is not what was asked for, the shorter of that and what this machine's clock makes of it.
 */
function lifetimeOf(expiresAt: number, date: number, now: number, askedMs: number): number {
  const byServer = expiresAt - date;
  const byClock = expiresAt - now;
  if (Number.isNaN(byServer)) return Math.min(byClock, askedMs);
  return Math.abs(byServer - askedMs) <= CLOCK_DOUBT_MS ? byServer : Math.min(byServer, byClock);
}

function invalid(session: Session, what: string): BrokerError {
  return new BrokerError("STS_RESPONSE_INVALID", `the answer of STS ${session.operation} ${what}`);
}
