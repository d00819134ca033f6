import { type Clock, type EventListener, type MemoizedProvider, createEmitter, words } from "@countersign/signer";
import { judgeError } from "#platform/judge-error";
import { retryAfter } from "./retry-after.ts";
import { createServerDate, dateInText } from "./server-date.ts";
import { type Verdict, judgeAnswer } from "./verdict.ts";
import type { Repeat } from "./repeat.ts";
import { refuse } from "../errors/fetch-error.ts";

/** How often and how patiently a call is sent again. The defaults are those of the AWS SDKs' standard mode. */
export interface RetryOptions {
  /** How often a call is sent at most, the first time included. Default: 3. */
  readonly attempts?: number | undefined;
  /** Upper bound of the wait before the first retry, in milliseconds; doubles with each. Default: 50. */
  readonly baseMs?: number | undefined;
  /** The same after the service throttled the call. Default: 1,000. */
  readonly throttleBaseMs?: number | undefined;
  /** No wait is longer, in milliseconds; a `Retry-After` beyond it ends the call. Default: 20,000. */
  readonly maxDelayMs?: number | undefined;
  /** Tokens shared by all calls; a retry costs 14, after throttling 5, and a success returns them. Default: 500. */
  readonly budget?: number | undefined;
  /** Draws the jitter: a number in [0, 1). Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** What `createAttempts` is made of. */
export interface AttemptsOptions {
  /** Waits between attempts, and learns from the answers' `Date`. The one the signer signs with. */
  readonly clock: Clock;
  /** The credentials that sign; a key a service turned down is reported to them. Absent: nobody to report to. */
  readonly credentials?: MemoizedProvider | undefined;
  /** `false`: every call is sent exactly once. What its answer teaches is learnt all the same. */
  readonly retry?: RetryOptions | false | undefined;
  /** Receives `retry`. */
  readonly onEvent?: EventListener | undefined;
}

/** What is known of a signature besides itself. */
export interface SignatureFacts {
  readonly accessKeyId: string;
  /** When it was made, as readings of `wall()` and `now()` of the clock that dated it. Default: when it is told. */
  readonly sentAt?: number | undefined;
  readonly signedAt?: number | undefined;
}

/** One sending of a call. */
export interface Attempt {
  /** Counts from 1. */
  readonly number: number;
  /** Called right after signing: a wait for a connection slot before it does not blur what the answer's date proves. */
  readonly signed: (signature: SignatureFacts) => void;
}

/** What an answer is judged by. */
export interface Answer {
  readonly status: number;
  /** A header's value by its lower-case name. */
  readonly header: (name: string) => string | null | undefined;
  /**
   * The beginning of the body, without consuming it and without waiting for what does not come; only asked for on errors
   * whose headers do not tell their code.
   */
  readonly text?: (() => Promise<string>) | undefined;
}

/** A call that may be sent several times. */
export interface AttemptedCall<Result> {
  /** For events. */
  readonly host: string;
  /** Sent over TLS: only then does an answer's date prove anything. */
  readonly secure: boolean;
  /** What harm sending it again may do; `repeatOf` knows. */
  readonly repeat: Repeat;
  /** Ends the call, also while it waits. */
  readonly signal?: AbortSignal | null | undefined;
  /** Signs and sends: anew each time, with the credentials and the time of that moment. */
  send(attempt: Attempt): Promise<Result>;
  inspect(result: Result): Answer;
  /** Releases a result that another attempt replaces. */
  discard(result: Result): void | Promise<void>;
}

/** Sends calls as often as is safe and worthwhile. */
export interface Attempts {
  /** Answers with the last attempt's result, an HTTP error too; throws only what the last `send` threw. */
  run<Result>(call: AttemptedCall<Result>): Promise<Result>;
}

/**
 * What a retry takes of the tokens that all calls share: less after throttling, where the wait itself already relieves
 * the service (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
 */
const COST = 14;
const THROTTLED_COST = 5;

/**
 * A signature whose time is this far from the present one may have been turned down for that: AWS allows five minutes,
 * in either direction. It grew old on its way, or the clock was corrected since.
 */
const STALE_SIGNATURE_MS = 240_000;

/**
 * Makes the loop that both `fetch` and `sagemaker` send through: retries with full jitter inside a budget, corrects
 * the clock and replaces turned-down credentials, each at most once per call.
 *
 * Only what is safe is sent again (see `Repeat`), always signed anew. A signature refused for its time is repeated
 * once when the clock was corrected since, or when it grew old on its way. A refused access key is reported to
 * `credentials`, and the call is repeated once if they then answer with another one.
 *
 * @throws FetchError `INVALID_OPTION` when an option is no usable number.
 * @example
 * const attempts = createAttempts({ clock, credentials });
 * const answer = await attempts.run({
 *   host: "runtime.sagemaker.eu-west-1.amazonaws.com", secure: true, repeat: "answered",
 *   send: (attempt) => sign().then((signed) => (attempt.signed(signed), post(signed))),
 *   inspect: (result) => ({ status: result.statusCode, header: (name) => result.headers[name] }),
 *   discard: (result) => result.body.dump(),
 * });
 */
export function createAttempts({ clock, credentials, retry, onEvent }: AttemptsOptions): Attempts {
  const options = retry === false ? {} : (retry ?? {});
  const { attempts = 3, baseMs = 50, throttleBaseMs = 1000, maxDelayMs = 20_000, budget = 500 } = options;
  const { random = Math.random } = options;
  // Of numbers one of which is none the least is none.
  if (typeof options !== "object" || !(Math.min(attempts - 1, baseMs, throttleBaseMs, maxDelayMs, budget) >= 0)) {
    refuse(
      "INVALID_OPTION",
      words
        ? `retry is ${JSON.stringify(retry)}: pass numbers from 0, attempts from 1, as { attempts: 3 }, or false.`
        : "retry",
    );
  }
  const emit = createEmitter(onEvent, clock);
  const dateOf = createServerDate();
  let tokens = budget;

  return { run };

  async function run<Result>(call: AttemptedCall<Result>): Promise<Result> {
    const { host, repeat } = call;
    const signal = call.signal ?? undefined;
    const once = retry === false || repeat === "never";
    const corrected = new Set<Verdict>();
    let retries = 0;
    let refund = 1;

    for (let number = 1; ; number++) {
      signal?.throwIfAborted();
      let sentAt = clock.wall();
      let signedAt = clock.now();
      let signedBy: string | undefined;
      let result!: Result;
      let answer: Answer | undefined;
      let failure: unknown;
      try {
        result = await call.send({
          number,
          signed(signature) {
            signedBy = signature.accessKeyId;
            sentAt = signature.sentAt ?? clock.wall();
            signedAt = signature.signedAt ?? clock.now();
          },
        });
        answer = call.inspect(result);
      } catch (error) {
        failure = error;
      }

      const receivedAt = clock.wall();
      let verdict: Verdict = "final";
      if (answer === undefined) {
        if (signal?.aborted !== true) verdict = judgeError(failure, repeat);
      } else {
        if (answer.status < 400) tokens = Math.min(budget, tokens + refund);
        else verdict = await judgeAnswer(answer, repeat);
        const date = answer.header("date") ?? (verdict === "skewed" ? await dateInText(answer) : undefined);
        // An answer with an `Age` was stored by a cache (RFC 9111, section 5.1).
        if (call.secure && date !== undefined && typeof answer.header("age") !== "string") {
          clock.observe({ date: dateOf(date), sentAt, receivedAt, confirmed: verdict === "skewed" });
        }
      }

      let again = false;
      let delayMs = 0;
      if (verdict === "skewed" || verdict === "rejected") {
        again =
          verdict === "rejected"
            ? await isReplaced(signedBy, signal)
            : Math.abs(clock.now() - signedAt) > STALE_SIGNATURE_MS;
        again &&= !once && !corrected.has(verdict);
        corrected.add(verdict);
      } else if (verdict !== "final" && !once && ++retries < attempts) {
        const [cost, boundMs] = verdict === "throttled" ? [THROTTLED_COST, throttleBaseMs] : [COST, baseMs];
        const atLeastMs = answer === undefined ? 0 : retryAfter(answer, clock);
        // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        delayMs = Math.max(atLeastMs, random() * Math.min(maxDelayMs, boundMs * 2 ** (retries - 1)));
        again = tokens >= cost && atLeastMs <= maxDelayMs;
        if (again) tokens -= refund = cost;
      }
      if (!again) {
        if (answer === undefined) throw failure;
        return result;
      }
      if (answer !== undefined) await call.discard(result);
      emit("retry", () => ({ host, attempt: number, delayMs, reason: verdict }));
      if (delayMs > 0) await clock.sleep(delayMs, signal);
    }
  }

  /** Reports the rejected key; true when the provider now holds another one. */
  async function isReplaced(rejected: string | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    if (credentials === undefined || rejected === undefined) return false;
    credentials.invalidate({ accessKeyId: rejected, reason: "rejected" });
    try {
      return (await credentials({ signal })).accessKeyId !== rejected;
    } catch {
      // The service's own answer says more than the failure to replace what it turned down.
      signal?.throwIfAborted();
      return false;
    }
  }
}
