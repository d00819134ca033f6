import type { AwsCredentials, Emit } from "@countersign/signer";
import { waitFor } from "@countersign/signer";
import type { Admission } from "./admission.ts";
import { attemptPauseMs } from "./backoff.ts";
import { anchorNow } from "../model/effective-time.ts";
import { BrokerError } from "../errors/error.ts";
import { nameOf, readable, withoutSecrets } from "../errors/foreign-error.ts";
import type { Fetched, FetchRequest } from "../model/fetched.ts";
import type { RegionRoute } from "./region-route.ts";
import { MAX_CHAINED_SECONDS, type Session, type SessionSource } from "../model/session.ts";
import type { SourceHealth } from "../sources/source-health.ts";
import { acceptAnswer, type TimePorts } from "./sts-answer.ts";
import { type StsFailure, stsFailure } from "./sts-error.ts";
import type { Sts, StsAnswer, StsInput } from "./sts.ts";

export interface AssumePorts extends TimePorts {
  readonly random: () => number;
  readonly emit: Emit;
  readonly sts: Sts;
  readonly admission: Admission;
  readonly route: RegionRoute;
  readonly sourceHealth: SourceHealth;
  /** The broker's own source, as opposed to a parent role. */
  readonly ownSource: SessionSource;
}

type AssumeRequest = Pick<FetchRequest, "reason" | "background" | "signal">;

/** What authenticates a request to STS. */
interface Authentication {
  readonly credentials: AwsCredentials | undefined;
  readonly secrets: StsInput | undefined;
}

const ATTEMPTS = 3;
/** How often one call is signed again because an answer changed the clock. */
const MAX_RESIGNED = 2;
/** The deadline of one request. The transport has a shorter one for connecting. */
const REQUEST_MS = 5000;
/** The deadline of the source of credentials, or of a token. */
const SOURCE_MS = 15_000;

/**
 * Fetches a session from STS. A refusal ends it after one request. A transient failure gets three attempts, in the next
 * Region after two failures. Rejected credentials and tokens are renewed, and tried again only if they changed
 * (aws-sdk-js#3581, aws-sdk-go-v2#2962).
 */
export async function assume(
  session: Session,
  request: AssumeRequest,
  ports: AssumePorts,
): Promise<Omit<Fetched, "epochs">> {
  const { clock, admission, route } = ports;
  const disabled = new Set<string>();
  let seconds = session.durationSeconds;
  let attempt = 1;
  let renewed = false;
  let resigned = 0;
  let authentication = await authenticate(session, undefined, request, ports);
  const clamp = (requestedSeconds: number): void =>
    ports.emit("credentials.clamped", () => ({ key: session.label, requestedSeconds, seconds: MAX_CHAINED_SECONDS }));
  if (session.clamped !== undefined) clamp(session.clamped.requestedSeconds);
  const isOwn = session.source === ports.ownSource;
  const keyId = (): string => authentication.credentials?.accessKeyId ?? "none";
  // An answer or a refusal shows that STS accepts the key.
  const noteAccepted = (): void => {
    if (isOwn) ports.sourceHealth.accepted(keyId());
  };
  const noteRejected = (error: BrokerError, region: string): BrokerError => {
    const { code, message } = error;
    if (isOwn) ports.sourceHealth.rejected({ accessKeyId: keyId(), region, code, reason: message, session });
    return error;
  };

  for (;;) {
    const region = route.current();
    const offsetMs = clock.offsetMs;
    const askedAt = anchorNow(clock);
    const outcome = await ask(session, authentication, seconds, region, request, ports);
    if (!("kind" in outcome)) {
      route.succeeded(region);
      admission.succeeded();
      noteAccepted();
      return acceptAnswer(outcome, session, seconds, askedAt, ports);
    }
    const { kind, error } = outcome;
    if (outcome.chainLimit && seconds > MAX_CHAINED_SECONDS) {
      clamp(seconds);
      seconds = MAX_CHAINED_SECONDS;
    } else if (kind === "region") {
      disabled.add(region);
      if (!route.failed(region, true) || disabled.has(route.current())) throw error;
    } else if (kind === "source") {
      // If the answer changed the clock, the date was wrong and not the key: a refused correction is dropped, and the
      // machine's own time may be corrected after that.
      if (clock.offsetMs === offsetMs || resigned === MAX_RESIGNED) {
        if (renewed || session.interactive) throw noteRejected(error, region);
        renewed = true;
        const next = await authenticate(session, authentication.credentials?.accessKeyId, request, ports);
        if (isSame(authentication, next)) throw noteRejected(error, region);
        authentication = next;
        continue;
      }
      resigned += 1;
    } else {
      if (kind === "refusal") noteAccepted();
      if (kind === "throttle") admission.throttled();
      else if (kind === "transient") route.failed(region, false);
      // A one-time code can be used in one request only.
      if (kind === "refusal" || attempt === ATTEMPTS || session.interactive) throw error;
      await clock.sleep(
        attemptPauseMs(attempt, kind === "throttle", error.retryAfterMs ?? 0, ports.random),
        request.signal,
      );
      attempt += 1;
    }
    authentication = await authenticate(session, undefined, request, ports);
  }
}

async function authenticate(
  session: Session,
  rejected: string | undefined,
  { background, signal }: AssumeRequest,
  { clock }: AssumePorts,
): Promise<Authentication> {
  const inTime = async <T>(work: Promise<T>, what: string): Promise<T> => {
    const done = await waitFor(work, session.interactive ? Infinity : SOURCE_MS, clock, signal).catch(
      (thrown: unknown) => {
        signal.throwIfAborted();
        const error = readable(thrown);
        if (error instanceof BrokerError) throw error;
        throw new BrokerError("SOURCE_UNAVAILABLE", `the source of ${what} failed with ${nameOf(error)}; see cause`, {
          cause: withoutSecrets(error),
        });
      },
    );
    if (done !== undefined) return done;
    throw new BrokerError("SOURCE_UNAVAILABLE", `the source of ${what} did not answer within ${SOURCE_MS} ms`);
  };
  const { source, secrets } = session;
  return {
    credentials: source && (await inTime(source({ signal, rejected, background }), "credentials")),
    secrets: secrets && (await inTime(secrets(signal), "the token")),
  };
}

function isSame(one: Authentication, other: Authentication): boolean {
  return (
    one.credentials?.accessKeyId === other.credentials?.accessKeyId &&
    one.credentials?.sessionToken === other.credentials?.sessionToken &&
    JSON.stringify(one.secrets) === JSON.stringify(other.secrets)
  );
}

/** Makes one request once admission allows it, within its deadline. */
async function ask(
  session: Session,
  { credentials, secrets }: Authentication,
  seconds: number,
  region: string,
  { reason, signal }: AssumeRequest,
  { admission, clock, emit, sts }: AssumePorts,
): Promise<StsAnswer | StsFailure> {
  const { operation } = session;
  const leave = await admission.enter({ tenant: session.share, reason, signal });
  const startedAt = clock.monotonic();
  const end = new AbortController();
  const report = (outcome: { outcome: "ok" } | { outcome: "error"; code: string }): void =>
    emit("sts.call", () => ({ operation, region, durationMs: clock.monotonic() - startedAt, ...outcome }));
  try {
    const input = { ...session.input, ...secrets, DurationSeconds: seconds };
    const work = sts(operation, input, { region, credentials, signal: end.signal });
    const answer = await waitFor(work, REQUEST_MS, clock, signal);
    if (answer === undefined) {
      throw new BrokerError("STS_UNAVAILABLE", `STS ${operation} in ${region}: no answer within ${REQUEST_MS} ms`);
    }
    report({ outcome: "ok" });
    return answer;
  } catch (error) {
    end.abort();
    signal.throwIfAborted();
    const failure = stsFailure(readable(error), operation, region);
    report({ outcome: "error", code: failure.error.code });
    return failure;
  } finally {
    leave();
  }
}
