import { withoutBytes } from "#platform/send-globally";
import { type AwsCredentials, type Clock, unlessAborted, words } from "@countersign/signer";
import { retryAfter } from "../attempts/retry-after.ts";
import { readUpTo } from "../call/read-up-to.ts";
import { FetchError } from "../errors/fetch-error.ts";
import type { Fetch } from "../middleware/middleware.ts";
import { own } from "../call/own.ts";
import type { Learn } from "./learn-date.ts";
import { vendedKey } from "./vended-key.ts";
import { MAX_ANSWER_BYTES, MAX_ANSWER_MS } from "./limits.ts";

/**
 * The broker's answers that a repetition does not change: the token or the grant is not valid for this user. A 404 is not
 * among them: a proxy or a deployment answers it as well, and it must not take away what was granted.
 */
const REFUSALS = new Set([401, 403, 410]);

/** Fields that keep a page's cookies, caches and address out of the request; set only where the runtime knows them, because workerd refuses others. */
const PRIVATELY = { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" } as const;

/** How the broker is asked. */
export interface Asking {
  readonly endpoint: URL;
  /** Default: `globalThis.fetch`, looked up at each call. */
  readonly send?: Fetch | undefined;
  readonly clock: Clock;
  /** Default: nothing is learnt. */
  readonly learn?: Learn | undefined;
}

/**
 * Asks the broker for credentials: `POST /v1/vend/<grant>` with the user's bearer token.
 *
 * @param ended ends the wait when the session ends.
 * @param wait is told how long the broker asks to wait, in milliseconds, before the error is thrown.
 * @throws FetchError `GRANT_REFUSED` or `VENDING_FAILED`.
 */
export async function vend(
  { endpoint, send, clock, learn }: Asking,
  token: string,
  ended: AbortSignal,
  wait: (ms: number) => void,
): Promise<AwsCredentials> {
  const { href, host } = endpoint;
  const limit = new AbortController();
  const signal = AbortSignal.any([ended, limit.signal]);
  const timer = setTimeout(() => limit.abort(), MAX_ANSWER_MS);
  let response: Response;
  try {
    const learnt = learn?.(endpoint, clock);
    const init: RequestInit = own({
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: "{}",
      redirect: "manual",
      signal,
      ...("credentials" in Request.prototype && PRIVATELY),
    });
    response = await unlessAborted((send ?? globalThis.fetch)(href, init), signal);
    const { ok, body } = response;
    // The body of a refusal is not read.
    if (!ok) body?.cancel().catch(() => {});
    const granted = ok && body ? await unlessAborted(readKey(body, signal), signal) : undefined;
    learnt?.(response, granted);
    if (granted !== undefined) return granted;
  } catch (cause) {
    throw new FetchError("VENDING_FAILED", words ? `url: must lead to a broker that answers; ${host} did not` : host, {
      // A server that is not the broker may send back the bearer token, also in the middle of its answer.
      cause: withoutBytes(cause),
    });
  } finally {
    clearTimeout(timer);
  }
  const { status, headers } = response;
  wait(retryAfter(headers.get("retry-after"), clock));
  const isRefused = REFUSALS.has(status);
  throw new FetchError(
    isRefused ? "GRANT_REFUSED" : "VENDING_FAILED",
    words
      ? isRefused
        ? `getToken: must answer a token that the broker accepts; ${host} answered ${status}, so the token or the grant is expired or revoked. Let the user sign in again`
        : `url, grant: must name a grant of the broker; ${host} answered ${status}: ${
            status === 404
              ? "check the address and the name of the grant"
              : status < 300
                ? status === 0
                  ? "it redirected, perhaps to a sign-in page"
                  : "accessKeyId, secretAccessKey, sessionToken or expiration is missing in its answer, or cannot be used"
                : "no credentials were vended"
          }`
      : `${host}: ${status}`,
  );
}

async function readKey(body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<AwsCredentials | undefined> {
  const bytes = await readUpTo(body, MAX_ANSWER_BYTES + 1, signal);
  return vendedKey(() => bytes.length <= MAX_ANSWER_BYTES && (JSON.parse(new TextDecoder().decode(bytes)) as unknown));
}
