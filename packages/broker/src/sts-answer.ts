import type { Clock } from "@countersign/signer";
import { anchorNow } from "./effective-time.ts";
import { BrokerError } from "./error.ts";
import type { Fetched } from "./fetched.ts";
import type { Session } from "./session.ts";
import type { StsAnswer } from "./sts.ts";

/** Credentials with less left are of no use to anybody. */
export const SHORTEST_LIFE_MS = 15_000;
const CLOCK_DOUBT_MS = 2 * 60_000;

/**
 * Accepts an answer of STS, or says why it must not be used. Validity is counted from the moment of receipt by what
 * the answer says about itself, so that a wrong clock of this machine does not enter.
 *
 * @throws BrokerError `STS_RESPONSE_INVALID`.
 */
export function acceptAnswer(
  answer: StsAnswer,
  session: Session,
  seconds: number,
  clock: Clock,
): Omit<Fetched, "epochs"> {
  const receivedAt = anchorNow(clock);
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
  if (lifetimeMs <= SHORTEST_LIFE_MS) {
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
    receivedAt,
    lifetimeMs,
    issuedAt: expiresAt - seconds * 1000,
  };
}

/** The answer's own `Date` is the best witness and this machine's clock the next, if the lifetime asked for agrees. */
function lifetimeOf(expiresAt: number, date: number, now: number, askedMs: number): number {
  const byServer = expiresAt - date;
  const byClock = expiresAt - now;
  const agrees = (ms: number): boolean => Math.abs(ms - askedMs) <= CLOCK_DOUBT_MS;
  if (agrees(byServer)) return byServer;
  if (agrees(byClock)) return byClock;
  if (Number.isFinite(byServer)) return Math.min(byServer, byClock);
  return Math.min(byClock, askedMs);
}

function invalid(session: Session, what: string): BrokerError {
  return new BrokerError("STS_RESPONSE_INVALID", `the answer of STS ${session.operation} ${what}`);
}
