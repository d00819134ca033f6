import { type Clock, type EventListener, type MemoizedProvider, createEmitter, words } from "@countersign/signer";
import {
  callable,
  checkOptions,
  clockShape,
  optional,
  type Shape,
  shape,
  type Shapes,
} from "@countersign/signer/options";
import { checkCall } from "#platform/check-parts";
import { judgeError } from "#platform/judge-error";
import { refuseOption } from "../errors/fetch-error.ts";
import type { Answer, AttemptedCall, Attempts } from "./attempt.ts";
import { retryAfter } from "./retry-after.ts";
import { type RetryOptions, retryShape } from "./retry-options.ts";
import { createServerDate, dateInText } from "./server-date.ts";
import { textOf } from "./text-of.ts";
import { type Verdict, isAboutTime, judgeAnswer } from "./verdict.ts";
import { COST, STALE_SIGNATURE_MS, THROTTLED_COST } from "./limits.ts";

/** Options of `createAttempts`. */
export interface AttemptsOptions {
  /** Waits between attempts, and learns from the answers' `Date`. The one the signer signs with. */
  readonly clock: Clock;
  /** The credentials that sign; a key that a service rejects is reported to them. Default: nothing is reported. */
  readonly credentials?: MemoizedProvider | undefined;
  /** `false`: every call is sent exactly once; the clock still learns from the answer. Default: three attempts. */
  readonly retry?: RetryOptions | false | undefined;
  /** Receives `retry`. */
  readonly onEvent?: EventListener | undefined;
}

/** The shape of credentials to which a rejected key is reported. */
export const invalidatable: Shape = /* @__PURE__ */ optional(
  /* @__PURE__ */ shape(
    words && "a provider made by memoize()",
    (value) => typeof value === "function" && typeof (value as Partial<MemoizedProvider>).invalidate === "function",
  ),
);

const shapes: Shapes<AttemptsOptions> = {
  clock: clockShape,
  credentials: invalidatable,
  retry: retryShape,
  onEvent: /* @__PURE__ */ optional(callable),
};

/**
 * Makes the loop through which `fetch` and `sagemaker` send: it retries with full jitter inside a budget, corrects the
 * clock and replaces rejected credentials.
 *
 * Only what is safe is sent again (see `Repeat`), and each attempt is signed anew. When a signature was refused for its
 * time, the call is repeated once if the clock was corrected since or the signature had grown old; and once before that
 * with the machine's own time, if the signature had a corrected one. A rejected access
 * key is reported to `credentials`; the call is repeated once if they then provide another key.
 *
 * @throws FetchError `INVALID_OPTION`.
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
  return attemptsOf(checkOptions(options, shapes, refuseOption));
}

/** The same with options that were checked. */
export function attemptsOf({ clock, credentials, retry, onEvent }: AttemptsOptions): Attempts {
  const {
    attempts = 3,
    baseMs = 50,
    throttleBaseMs = 1000,
    maxDelayMs = 20_000,
    budget = 500,
    random = Math.random,
  } = retry || ({ __proto__: null } as RetryOptions);
  const emit = createEmitter(onEvent, clock);
  const dateOf = createServerDate();
  let tokens = budget;

  return { run };

  async function run<Result>(call: AttemptedCall<Result>): Promise<Result> {
    const { signal: given } = checkCall(call);
    const { host, repeat } = call;
    const signal = given ?? undefined;
    const once = retry === false || repeat === "never";
    let corrected: Set<Verdict | "disproved"> | undefined;
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
      let disproved = false;
      if (answer === undefined) {
        if (signal?.aborted !== true) verdict = judgeError(failure, repeat);
      } else {
        if (answer.status < 400) tokens = Math.min(budget, tokens + refund);
        else verdict = await judgeAnswer(answer, repeat);
        const text = verdict === "skewed" ? await textOf(answer) : "";
        // An abort cuts the text off, and the rest of the answer with it.
        signal?.throwIfAborted();
        const confirmed = verdict === "skewed" && isAboutTime(answer, text);
        // The text has the time that the signature was compared with: it is worth more than the header.
        const date = (confirmed && dateInText(text)) || answer.header("date");
        const refusedOffsetMs = confirmed ? signedAt - sentAt : 0;
        // An answer with an `Age` was stored by a cache (RFC 9111, section 5.1).
        if (call.secure && typeof answer.header("age") !== "string") {
          const before = clock.offsetMs;
          clock.observe({ date: dateOf(date ?? ""), sentAt, receivedAt, confirmed, refusedOffsetMs });
          disproved = refusedOffsetMs !== 0 && before !== 0 && clock.offsetMs === 0;
        }
      }

      let again = false;
      let delayMs = 0;
      if (verdict === "skewed" || verdict === "rejected") {
        again =
          verdict === "rejected"
            ? await isReplaced(signedBy, signal)
            : disproved || Math.abs(clock.now() - signedAt) > STALE_SIGNATURE_MS;
        const kind = disproved ? "disproved" : verdict;
        corrected ??= new Set();
        again &&= !once && !corrected.has(verdict) && !corrected.has(kind);
        corrected.add(kind);
      } else if (verdict !== "final" && !once && ++retries < attempts) {
        const [cost, boundMs] = verdict === "throttled" ? [THROTTLED_COST, throttleBaseMs] : [COST, baseMs];
        const atLeastMs = answer === undefined ? 0 : retryAfter(answer.header("retry-after"), clock);
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

  /** Reports the rejected key. @returns whether the provider now holds another key. */
  async function isReplaced(rejected: string | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    if (credentials === undefined || rejected === undefined) return false;
    credentials.invalidate({ accessKeyId: rejected, reason: "rejected" });
    try {
      return (await credentials({ signal })).accessKeyId !== rejected;
    } catch {
      // The service's answer tells more than the failure to replace the key.
      signal?.throwIfAborted();
      return false;
    }
  }
}
