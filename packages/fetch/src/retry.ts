import { type Clock, type EventListener, type MemoizedProvider, createClock } from "@countersign/signer";
import { type Answer, createAttempts, repeatOf, type RetryOptions } from "./attempts.ts";
import type { Middleware } from "./middleware.ts";
import { outgoing } from "./outgoing.ts";
import { isStream, signatureOf } from "./signing.ts";

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

/**
 * Sends a request again when that is safe: see `createAttempts` for what, how often and when.
 *
 * @param options `false`: sends once, and still learns.
 */
export function retry(options?: RetryMiddlewareOptions): Middleware {
  return attempting(options, options ?? {});
}

/**
 * Learns how far the machine's clock is off from the answers' dates, and repeats a request once when its signature was
 * refused for its time.
 *
 * @param clock the one the signer signs with.
 */
export function clockSkew(clock: Clock): Middleware {
  return attempting({ attempts: 1 }, { clock });
}

/** The loop of `createAttempts` around a fetch. */
export function attempting(
  retries: RetryOptions | false | undefined,
  { clock, credentials, maxBufferBytes, onEvent }: Omit<RetryMiddlewareOptions, keyof RetryOptions>,
): Middleware {
  const attempts = createAttempts({ clock: clock ?? createClock(), credentials, retry: retries, onEvent });

  return (next) =>
    async function sendAsOftenAsIsSafe(input, init) {
      const call = await outgoing(input, init, maxBufferBytes);
      const { method, headers, body } = call.init;
      const header = (name: string): string | null => headers.get(name);
      return attempts.run<Response>({
        host: call.url.host,
        secure: clock !== undefined && call.url.protocol === "https:",
        repeat: isStream(body) ? "never" : repeatOf({ method, url: call.url, header }),
        signal: call.signal,
        async send(attempt) {
          const response = await next(call.input, call.init);
          const signature = signatureOf(response);
          if (signature !== undefined) attempt.signed(signature);
          return response;
        },
        inspect: answerOf,
        discard,
      });
    };
}

function answerOf(response: Response): Answer {
  let text: Promise<string> | undefined;
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    text: () => (text ??= beginning(response)),
  };
}

async function beginning(response: Response): Promise<string> {
  const reader = response.clone().body?.getReader();
  if (reader === undefined) return "";
  // Not awaited: one half of a cloned body is only cancelled when the other half is, too.
  const stop = (): void => void reader.cancel().catch(() => undefined);
  const timer = setTimeout(stop, ERROR_TEXT_MS);
  try {
    const decoder = new TextDecoder();
    let text = "";
    for (let length = 0; length < ERROR_TEXT_BYTES;) {
      const { done, value } = await reader.read();
      if (done) return text;
      length += value.byteLength;
      text += decoder.decode(value, { stream: true });
    }
    stop();
    return text;
  } finally {
    clearTimeout(timer);
  }
}

function discard(response: Response): void {
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  const released = length <= DRAINED_BYTES ? response.arrayBuffer() : response.body?.cancel();
  released?.catch(() => undefined);
}
