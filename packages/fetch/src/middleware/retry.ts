import { type Clock, type EventListener, type MemoizedProvider, createClock } from "@countersign/signer";
import { type AttemptsOptions, createAttempts, type RetryOptions } from "../attempts/create-attempts.ts";
import { repeatOf } from "../attempts/repeat.ts";
import { type Middleware, middlewareOf, type Step } from "./middleware.ts";
import { isStream } from "../call/outgoing.ts";
import { readUpTo } from "../call/read-up-to.ts";

/** What `retry` needs besides its numbers. */
export interface RetryMiddlewareOptions extends RetryOptions {
  /** The signer's clock, to correct it from the answers. Absent: nothing is learnt, waits use the machine's time. */
  readonly clock?: Clock | undefined;
  /** The signer's credentials, to report rejected keys to. Absent: an expired token is an answer like any other. */
  readonly credentials?: MemoizedProvider | undefined;
  /** Up to how many bytes a Request, Blob or FormData is read into memory. Default: 6,291,456. */
  readonly maxBufferBytes?: number | undefined;
  /** Receives `retry`. */
  readonly onEvent?: EventListener | undefined;
}

/** An error's body is read up to here to find its code. */
const ERROR_TEXT_BYTES = 65_536;

/** Longer than this the rest of an error's body is not waited for, in milliseconds. */
const ERROR_TEXT_MS = 1000;

/** A body up to this size is read to its end, which keeps the connection; a larger one is cancelled. */
const DRAINED_BYTES = 16_384;

/** Sends a request again when that is safe: see `createAttempts` for what, how often and when. */
export function retry(options: RetryMiddlewareOptions = {}): Middleware {
  // A clock that is nobody's learns nothing: what it would learn corrects no signature.
  const { clock = { ...createClock(), observe: () => undefined } } = options;
  return middlewareOf(retryStep(options, { ...options, clock }), options.maxBufferBytes);
}

/**
 * Learns how far the machine's clock is off from the answers' dates, and repeats a request once when its signature was
 * refused for its time.
 *
 * @param clock the one the signer signs with.
 */
export function clockSkew(clock: Clock): Middleware {
  return retry({ attempts: 1, clock });
}

/** The loop of `createAttempts` between other steps. */
export function retryStep(retries: RetryOptions | false | undefined, options: Omit<AttemptsOptions, "retry">): Step {
  const attempts = createAttempts({ ...options, retry: retries });

  return (next) =>
    async function sendAsOftenAsIsSafe(call) {
      const { url, init } = call;
      const { method, headers, body, signal } = init;
      return attempts.run<Response>({
        host: url.host,
        secure: url.protocol === "https:",
        repeat: isStream(body) ? "never" : repeatOf({ method, url, header: (name) => headers.get(name) }),
        signal,
        send: (attempt) => next(call, attempt.signed),
        inspect: (response) => ({
          status: response.status,
          header: (name) => response.headers.get(name),
          text: () => beginning(response),
        }),
        discard,
      });
    };
}

async function beginning(response: Response): Promise<string> {
  const { body } = response.clone();
  const bytes = body && (await readUpTo(body, ERROR_TEXT_BYTES, AbortSignal.timeout(ERROR_TEXT_MS)));
  return new TextDecoder().decode(bytes ?? undefined);
}

function discard(response: Response): void {
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  const released = length <= DRAINED_BYTES ? response.arrayBuffer() : response.body?.cancel();
  released?.catch(() => undefined);
}
