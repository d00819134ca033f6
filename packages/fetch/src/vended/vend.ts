import { type AwsCredentials, type Clock, words } from "@countersign/signer";
import { retryAfter } from "../attempts/retry-after.ts";
import { readUpTo } from "../call/read-up-to.ts";
import { FetchError } from "../errors/fetch-error.ts";
import type { Fetch } from "../middleware/middleware.ts";
import { endOf, vendedKey } from "./vended-key.ts";
import { own } from "../call/own.ts";

/**
 * The broker's answers that a repetition does not change: the token or the grant is not valid for this user. A 404 is not
 * among them: a proxy or a deployment answers it as well, and it must not take away what was granted.
 */
const REFUSALS = new Set([401, 403, 410]);

/** How long the whole answer is waited for, in milliseconds. Other tabs wait as long. */
export const MAX_ANSWER_MS = 10_000;

/** Credentials take about 1,500 bytes; a longer answer is not read. */
const MAX_ANSWER_BYTES = 65_536;

/** Fields that keep a page's cookies, caches and address out of the request; set only where the runtime knows them, because workerd refuses others. */
const PRIVATELY = { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" } as const;

/** What came of asking the broker. */
export interface Vended {
  readonly credentials?: AwsCredentials | undefined;
  readonly error?: FetchError | undefined;
  /** How long the broker asks to wait, in milliseconds. */
  readonly retryAfterMs: number;
}

/**
 * Asks the broker for credentials: `POST /v1/vend/<grant>` with the user's bearer token.
 *
 * @param ended ends the wait when the session ends.
 * @returns the credentials, or FetchError `GRANT_REFUSED` or `VENDING_FAILED`.
 */
export async function vend(
  endpoint: URL,
  token: string,
  send: Fetch,
  clock: Clock,
  ended: AbortSignal,
): Promise<Vended> {
  const { href, host, protocol } = endpoint;
  const sentAt = clock.wall();
  const limit = new AbortController();
  const stop = (): void => limit.abort();
  const timer = setTimeout(stop, MAX_ANSWER_MS);
  ended.addEventListener("abort", stop);
  try {
    const init: RequestInit = own({
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: "{}",
      redirect: "manual",
      signal: limit.signal,
      ...("credentials" in Request.prototype && PRIVATELY),
    });
    const { headers, ok, status, body } = await unlessAborted(send(href, init), limit.signal);
    const receivedAt = clock.wall();
    const date = headers.get("date");
    // The body of a refusal is not read.
    if (!ok) body?.cancel().catch(() => undefined);
    const credentials = ok && body ? await unlessAborted(readKey(body, limit.signal), limit.signal) : undefined;
    // An answer with an `Age` was stored by a cache (RFC 9111, section 5.1).
    if (date !== null && !headers.has("age") && protocol === "https:") {
      // Credentials that were just issued and are expired by this clock confirm that the clock is off.
      const confirmed = credentials !== undefined && endOf(credentials) <= receivedAt;
      clock.observe({ date: new Date(date), sentAt, receivedAt, confirmed });
    }
    if (credentials !== undefined) return { credentials, error: undefined, retryAfterMs: 0 };
    const header = (name: string): string | null => headers.get(name);
    return {
      credentials: undefined,
      error: REFUSALS.has(status) ? refused(host, status) : failed(host, status),
      retryAfterMs: retryAfter({ status, header }, clock),
    };
  } catch (cause) {
    return {
      credentials: undefined,
      error: new FetchError(
        "VENDING_FAILED",
        words ? `url: must lead to a broker that answers; ${host} did not` : host,
        {
          cause,
        },
      ),
      retryAfterMs: 0,
    };
  } finally {
    clearTimeout(timer);
    ended.removeEventListener("abort", stop);
  }
}

async function readKey(body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<AwsCredentials | undefined> {
  const bytes = await readUpTo(body, MAX_ANSWER_BYTES + 1, signal);
  if (bytes.length > MAX_ANSWER_BYTES) return undefined;
  try {
    return vendedKey(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    // The answer is not JSON.
    return undefined;
  }
}

function refused(host: string, status: number): FetchError {
  return new FetchError(
    "GRANT_REFUSED",
    words
      ? `getToken: must answer a token that the broker accepts; ${host} answered ${status}, so the token or the grant is expired or revoked. Let the user sign in again`
      : `${host}: ${status}`,
  );
}

function failed(host: string, status: number): FetchError {
  const why =
    status === 404
      ? "check the address and the name of the grant"
      : status < 300
        ? "accessKeyId, secretAccessKey, sessionToken or expiration is missing in its answer"
        : "no credentials were vended";
  return new FetchError(
    "VENDING_FAILED",
    words ? `url, grant: must name a grant of the broker; ${host} answered ${status}: ${why}` : `${host}: ${status}`,
  );
}

/** Waits for work, and no longer than the signal allows: a `fetch` of the caller may ignore its signal. */
function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", stop);
    work.then(resolve, reject);
    if (signal.aborted) stop();
  });
}
