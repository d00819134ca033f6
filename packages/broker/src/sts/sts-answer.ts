import { createHash } from "node:crypto";
import type { Clock } from "@countersign/signer";
import { BrokerError } from "../errors/error.ts";
import type { Anchor } from "../model/effective-time.ts";
import type { Fetched } from "../model/fetched.ts";
import type { IssuerTime } from "../model/issuer-time.ts";
import type { Session } from "../model/session.ts";
import { usable } from "../model/usable.ts";
import type { StsAnswer, StsOperation } from "./sts.ts";

/** Credentials that expire sooner are not used. */
export const MIN_LIFE_MS = 15_000;
export const CLOCK_DOUBT_MS: number = 2 * 60_000;
/** A reading that leaves less is not believed when another leaves what was asked for: it would renew without end. */
const MIN_BELIEVED_MS = 60_000;

/** What an answer is held to. */
export type AskedSession = Pick<Session, "operation" | "input" | "accountId">;

/** What tells the time. */
export interface TimePorts {
  readonly clock: Clock;
  readonly issuerTime: IssuerTime;
}

/** Operations whose answer must name the assumed role. */
const ASSUMES_ROLE: ReadonlySet<StsOperation> = new Set([
  "AssumeRole",
  "AssumeRoleWithWebIdentity",
  "AssumeRoleWithSAML",
]);

/**
 * Accepts an answer of STS that matches the request. Validity counts from the moment of asking by what the answer says
 * about itself, and never exceeds the requested duration: neither a wrong clock nor a slow network makes it longer. A wrong
 * `Date` makes it no shorter.
 *
 * @throws BrokerError `STS_RESPONSE_INVALID`.
 */
export function acceptAnswer(
  answer: StsAnswer,
  session: AskedSession,
  seconds: number,
  askedAt: Anchor,
  { clock, issuerTime }: TimePorts,
): Omit<Fetched, "epochs"> {
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: stated,
  } = issuedBy(answer, session.operation);
  if (!isText(accessKeyId) || !isText(secretAccessKey) || !isText(sessionToken)) {
    throw invalid(session, "has no access key, secret or token");
  }
  const statedAt = stated instanceof Date ? stated.getTime() : Number.NaN;
  // An Invalid Date compares false with every number, so such credentials would never be renewed (decocms/studio#6106).
  if (!Number.isFinite(statedAt)) throw invalid(session, "has no valid Expiration");

  const accountId = checkPrincipal(answer, session);
  const answeredAt = answer.date?.getTime() ?? Number.NaN;
  const askedMs = seconds * 1000;
  const { lifetimeMs, leastMs, asAsked } = lifetimeOf(statedAt, answeredAt, askedMs, { clock, issuerTime });
  if (lifetimeMs <= MIN_LIFE_MS) {
    throw invalid(session, `expires in ${Math.round(lifetimeMs / 1000)} s; if that is wrong, set this machine's clock`);
  }
  // A later Expiration than was asked for is not passed on either.
  const latest = (Number.isNaN(answeredAt) ? clock.now() : answeredAt) + askedMs + CLOCK_DOUBT_MS;
  const expiresAt = asAsked ? statedAt : Math.min(statedAt, latest);
  const issuedAt = expiresAt - askedMs;
  if (asAsked) issuerTime.issued(issuedAt, askedAt);
  return {
    credentials: usable(
      {
        accessKeyId,
        secretAccessKey,
        sessionToken,
        expiration: new Date(expiresAt),
        ...(accountId !== undefined && { accountId }),
      },
      `the answer of STS ${session.operation}`,
      (what) => new BrokerError("STS_RESPONSE_INVALID", what),
    ),
    askedAt,
    lifetimeMs,
    leastMs,
    issuedAt,
  };
}

/** The cache keeps a token as it keeps credentials: the token is the secret, and its hash the public name. */
function issuedBy(answer: StsAnswer, operation: StsOperation): NonNullable<StsAnswer["Credentials"]> {
  if (operation !== "GetWebIdentityToken") return answer.Credentials ?? {};
  const { WebIdentityToken: token, Expiration } = answer;
  if (!isText(token)) return {};
  const AccessKeyId = createHash("sha256").update(token).digest("hex").slice(0, 20);
  return { AccessKeyId, SecretAccessKey: token, SessionToken: token, Expiration };
}

/** Checks that the session is the requested one; returns its account. @throws BrokerError `STS_RESPONSE_INVALID`. */
export function checkPrincipal(answer: StsAnswer, session: AskedSession): string | undefined {
  const { operation, input } = session;
  if (!ASSUMES_ROLE.has(operation)) return session.accountId;
  const roleArn = String(input["RoleArn"]);
  const [, partition, , , account] = roleArn.split(":");
  const role = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  const assumed = /^arn:([a-z-]+):sts::(\d{12}):assumed-role\/([^/]+)\/([^/]+)$/u.exec(
    answer.AssumedRoleUser?.Arn ?? "",
  );
  if (assumed === null) throw invalid(session, "does not name the assumed role");
  if (assumed[1] !== partition || assumed[2] !== account) {
    throw invalid(session, `is for the account ${assumed[2]} in ${assumed[1]}, not ${account} in ${partition}`);
  }
  if (assumed[3] !== role) throw invalid(session, `is for another role than ${role}`);
  const name = input["RoleSessionName"];
  if (name !== undefined && assumed[4] !== name) throw invalid(session, "is for another session name than requested");
  const identity = input["SourceIdentity"];
  if (identity !== undefined && answer.SourceIdentity !== undefined && answer.SourceIdentity !== identity) {
    throw invalid(session, "is for another source identity than requested");
  }
  return account;
}

/**
 * How long the session is valid, and whether that is what was asked for. The answer's own `Date` and its expiry are by
 * clocks of STS, so their difference counts where it is what was asked for. Where it is not, either the answer or its
 * `Date` is wrong. A witness that finds what was asked for shows that it is the `Date`: then the session is served that
 * long, and renewed by the shortest reading. Without such a witness the shortest reading counts.
 */
function lifetimeOf(
  statedAt: number,
  date: number,
  askedMs: number,
  { clock, issuerTime }: TimePorts,
): Pick<Fetched, "lifetimeMs" | "leastMs"> & { readonly asAsked: boolean } {
  const isAsAsked = (ms: number): boolean => Math.abs(ms - askedMs) <= CLOCK_DOUBT_MS;
  const byServer = statedAt - date;
  if (isAsAsked(byServer)) {
    const lifetimeMs = Math.min(byServer, askedMs);
    return { lifetimeMs, leastMs: lifetimeMs, asAsked: true };
  }
  const byClock = statedAt - clock.now();
  const shortest = Math.min(Number.isNaN(byServer) ? Infinity : byServer, byClock, askedMs);
  const read = issuerTime
    .witnesses()
    .map((now) => statedAt - now)
    .find(isAsAsked);
  if (read === undefined) return { lifetimeMs: shortest, leastMs: shortest, asAsked: false };
  const lifetimeMs = Math.min(read, askedMs);
  return { lifetimeMs, leastMs: shortest > MIN_BELIEVED_MS ? shortest : lifetimeMs, asAsked: true };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function invalid(session: AskedSession, what: string): BrokerError {
  return new BrokerError("STS_RESPONSE_INVALID", `the answer of STS ${session.operation} ${what}`);
}
