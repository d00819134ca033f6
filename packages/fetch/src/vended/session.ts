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
  let pause:
    | { readonly until: number; readonly failure: FetchError; readonly refusedToken: string | undefined }
    | undefined;
  const provider = cached(renew);

  function invalidate(rejection: CredentialRejection): void {
    turnedDown.add(rejection.accessKeyId);
    if (current?.accessKeyId === rejection.accessKeyId) current = undefined;
    provider.invalidate(rejection);
  }

  async function renew(): Promise<AwsCredentials> {
    renewals++;
    const used = token;
    const start = clock.monotonic();
    if (
      pause !== undefined &&
      start < pause.until &&
      (pause.refusedToken === undefined || pause.refusedToken === used)
    ) {
      throw pause.failure;
    }
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
    } catch (thrown) {
      const error = thrown as FetchError;
      const isRefused = error.code === "GRANT_REFUSED";
      const bound = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      const jittered = (bound * (1 + Math.random())) / 2;
      const pauseMs = isRefused ? REFUSED_FOR_MS : Math.max(jittered, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
      pause = { refusedToken: isRefused ? used : undefined, until: clock.monotonic() + pauseMs, failure: error };
      if (!isRefused) failures++;
      // The broker took the grant back, so what it had granted must not be used either.
      else if (before !== undefined) invalidate({ accessKeyId: before.accessKeyId, reason: "revoked" });
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
