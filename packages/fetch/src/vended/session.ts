import type { AwsCredentials, CredentialProvider, CredentialRejection, MemoizedProvider } from "@countersign/signer";
import type { FetchError } from "../errors/fetch-error.ts";
import { createTabs } from "./tabs.ts";
import { type Asking, vend } from "./vend.ts";
import { endOf } from "./vended-key.ts";
import { FIRST_PAUSE_MS, MAX_PAUSE_MS, MAX_RETRY_AFTER_MS, REFUSED_FOR_MS } from "./limits.ts";

/** The credentials of one principal, from the first token until another principal's token or the sign-out. */
export interface Session {
  readonly principal: string;
  /** The token to renew with. */
  useToken(token: string): void;
  readonly provider: MemoizedProvider;
  /** How often the broker or another tab was asked. */
  readonly renewals: () => number;
  invalidate(rejection: CredentialRejection): void;
  /** Forgets everything; an answer that is still on its way is dropped. */
  endSession(): void;
}

/** What a session is made of. */
export interface SessionParts extends Asking {
  /** Caches what the broker grants: `memoize`, or `renewing` where bytes count. */
  readonly cached: (source: CredentialProvider) => MemoizedProvider;
}

/** Makes the session of a principal. */
export function createSession(principal: string, parts: SessionParts): Session {
  const { endpoint, clock, cached } = parts;
  const tabs = createTabs(endpoint.href, principal, clock);
  const turnedDown = new Set<string>();
  const ended = new AbortController();
  let token = "";
  let current: AwsCredentials | undefined;
  let renewals = 0;
  let failures = 0;
  let pausedUntil = -Infinity;
  let failure: FetchError | undefined;
  let refusedToken: string | undefined;
  const provider = cached(renew);

  function invalidate(rejection: CredentialRejection): void {
    turnedDown.add(rejection.accessKeyId);
    if (current?.accessKeyId === rejection.accessKeyId) current = undefined;
    provider.invalidate(rejection);
  }

  async function renew(): Promise<AwsCredentials> {
    renewals++;
    const used = token;
    // A refusal is about one token; any other failure is about the broker.
    if (clock.monotonic() < pausedUntil && (refusedToken ?? used) === used) throw failure;
    const before = current;
    const isBetter = (theirs: AwsCredentials): boolean =>
      !turnedDown.has(theirs.accessKeyId) && endOf(theirs) > endOf(before);
    let retryAfterMs = 0;
    try {
      const granted = await tabs.renewOnce(isBetter, () =>
        vend(parts, used, ended.signal, (ms) => void (retryAfterMs = ms)),
      );
      failures = 0;
      current = granted;
      return granted;
    } catch (error) {
      failure = error as FetchError;
      refusedToken = failure.code === "GRANT_REFUSED" ? used : undefined;
      let pauseMs = REFUSED_FOR_MS;
      if (!refusedToken) {
        const bound = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++);
        pauseMs = Math.max((bound * (1 + Math.random())) / 2, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
      } else if (before) {
        // The broker took the grant back, so what it had granted must not be used either.
        invalidate({ accessKeyId: before.accessKeyId, reason: "revoked" });
      }
      pausedUntil = clock.monotonic() + pauseMs;
      throw error;
    }
  }

  return {
    principal,
    provider,
    invalidate,
    useToken: (given) => void (token = given),
    renewals: () => renewals,
    endSession() {
      ended.abort();
      tabs.leave();
    },
  };
}
