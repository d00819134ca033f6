import { type Clock, type EventListener, type MemoizedProvider, createEmitter } from "@countersign/signer";
import { backoff, retryAfter } from "./attempts/backoff.ts";
import { createBudget } from "./attempts/budget.ts";
import { errorCode } from "./attempts/error-code.ts";
import { createServerDate, dateInText } from "./attempts/server-date.ts";
import { type Verdict, judgeAnswer, judgeError } from "./attempts/verdict.ts";
import type { Repeat } from "./attempts/repeat.ts";
import { FetchError } from "./error.ts";

export { type Repeat, type RepeatQuestion, repeatOf } from "./attempts/repeat.ts";
export { errorCode } from "./attempts/error-code.ts";

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

/** One sending of a call. */
export interface Attempt {
  /** Counts from 1. */
  readonly number: number;
  /** Called right after signing: a wait for a connection slot before it does not blur what the answer's date proves. */
  signed(signature: { readonly accessKeyId: string }): void;
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
  readonly signal?: AbortSignal | undefined;
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

/** A signature this old may have been turned down for its age alone: AWS allows five minutes, in either direction. */
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
export function createAttempts(options: AttemptsOptions): Attempts {
  const { clock, credentials } = options;
  const once = options.retry === false;
  const retry = checkRetry(options.retry === false ? {} : (options.retry ?? {}));
  const budget = createBudget(retry.budget);
  const emit = createEmitter(options.onEvent, clock);
  const dateOf = createServerDate();

  return { run };

  async function run<Result>(call: AttemptedCall<Result>): Promise<Result> {
    const final = once || call.repeat === "never";
    let corrected = "";
    let retries = 0;
    let withdrawn = 0;

    for (let number = 1; ; number++) {
      call.signal?.throwIfAborted();
      let sentAt = clock.wall();
      let offsetMs = clock.offsetMs;
      let accessKeyId: string | undefined;
      const attempt: Attempt = {
        number,
        signed(signature) {
          ({ accessKeyId } = signature);
          sentAt = clock.wall();
          offsetMs = clock.offsetMs;
        },
      };

      let result: Result;
      try {
        result = await call.send(attempt);
      } catch (error) {
        const verdict = call.signal?.aborted === true ? "final" : judgeError(error, call.repeat);
        const delayMs = plan(verdict);
        if (delayMs === undefined) throw error;
        await pause(number, delayMs, verdict);
        continue;
      }

      const answer = call.inspect(result);
      const receivedAt = clock.wall();
      const code = answer.status < 400 ? undefined : await errorCode(answer);
      const verdict = judgeAnswer(answer.status, code, call.repeat);
      if (call.secure) {
        const date = dateOf(answer) ?? (verdict === "skewed" ? await dateInText(answer) : undefined);
        if (date !== undefined) clock.observe({ date, sentAt, receivedAt, ageS: ageOf(answer) });
      }
      if (verdict === "final") {
        if (answer.status < 400) budget.deposit(withdrawn);
        return result;
      }
      if (verdict === "skewed") {
        const worthwhile = clock.offsetMs !== offsetMs || clock.wall() - sentAt > STALE_SIGNATURE_MS;
        if (!worthwhile || !correctable(verdict)) return result;
      } else if (verdict === "rejected") {
        const replaced = await replaceCredentials(accessKeyId, call.signal);
        if (!replaced || !correctable(verdict)) return result;
      } else {
        const delayMs = plan(verdict, retryAfter(answer, clock.now()));
        if (delayMs === undefined) return result;
        await call.discard(result);
        await pause(number, delayMs, verdict);
        continue;
      }
      await call.discard(result);
      emit("retry", () => ({ host: call.host, attempt: number, delayMs: 0, reason: verdict }));
    }

    function correctable(verdict: Verdict): boolean {
      if (final || corrected.includes(verdict)) return false;
      corrected += verdict;
      return true;
    }

    /** How long to wait before the call is sent again; `undefined`: it is not. */
    function plan(verdict: Verdict, atLeastMs = 0): number | undefined {
      if (final || verdict === "final" || retries + 1 >= retry.attempts || atLeastMs > retry.maxDelayMs)
        return undefined;
      const cost = budget.withdraw(verdict === "throttled" ? "throttled" : "transient");
      if (cost === undefined) return undefined;
      withdrawn = cost;
      const baseMs = verdict === "throttled" ? retry.throttleBaseMs : retry.baseMs;
      return Math.max(atLeastMs, backoff(retries++, baseMs, retry.maxDelayMs, retry.random));
    }

    async function pause(number: number, delayMs: number, reason: Verdict): Promise<void> {
      emit("retry", () => ({ host: call.host, attempt: number, delayMs, reason }));
      await clock.sleep(delayMs, call.signal);
    }
  }

  /** Reports the rejected key; true when the provider now holds another one. */
  async function replaceCredentials(rejected: string | undefined, signal: AbortSignal | undefined): Promise<boolean> {
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

/** An answer with an `Age` was stored by a cache (RFC 9111, section 5.1). */
function ageOf(answer: Answer): number | undefined {
  const age = answer.header("age");
  return age === null || age === undefined ? undefined : Number(age);
}

type Numbers = { readonly [Name in Exclude<keyof RetryOptions, "random">]-?: number };

const DEFAULTS: Numbers = { attempts: 3, baseMs: 50, throttleBaseMs: 1000, maxDelayMs: 20_000, budget: 500 };

function checkRetry(options: RetryOptions): Numbers & { readonly random: () => number } {
  if (typeof options !== "object") {
    throw new FetchError("INVALID_OPTION", `retry is ${String(options)}: pass { attempts: 3 }, say, or false.`);
  }
  const checked: Record<string, number> = {};
  for (const [name, fallback] of Object.entries(DEFAULTS)) {
    const value = options[name as keyof Numbers] ?? fallback;
    const least = name === "attempts" ? 1 : 0;
    if (!(value >= least)) {
      throw new FetchError(
        "INVALID_OPTION",
        `retry.${name} is ${value}: pass a number from ${least}, or retry: false.`,
      );
    }
    checked[name] = value;
  }
  return { ...(checked as unknown as Numbers), random: options.random ?? Math.random };
}
