import { checkRejection, checkSource, checkWish } from "#platform/check-parts";
import {
  type AwsCredentials,
  type CredentialProvider,
  type CredentialRejection,
  type CredentialRequest,
  type MemoizedProvider,
  unlessAborted,
} from "@countersign/signer";
import { own } from "@countersign/signer/options";
import { ADVISORY_MS, PAUSE_MS } from "./limits.ts";

/**
 * Makes a provider that asks its source only when credentials are about to expire, and once for all who wait. It is the
 * small form of the signer's `memoize`: no events, no jitter, no `minTtlMs`.
 */
export function renewing(source: CredentialProvider): MemoizedProvider {
  checkSource(source);
  let cached: AwsCredentials | undefined;
  let flight: Promise<AwsCredentials> | undefined;
  let nextAt = 0;

  // A Date compares and subtracts as its number.
  const endsAt = (): number => (cached ? ((own(cached, "expiration") ?? Infinity) as number) : 0);

  async function provide(request?: CredentialRequest): Promise<AwsCredentials> {
    checkWish(request);
    const now = Date.now();
    const leftMs = endsAt() - now;
    if (leftMs <= 0 || (leftMs < ADVISORY_MS && now > nextAt)) {
      nextAt = now + PAUSE_MS;
      flight ??= source().finally(() => (flight = undefined));
      flight.then(
        (granted) => (cached = granted),
        () => {},
      );
      if (leftMs <= 0) return unlessAborted(flight, request?.signal);
    }
    return cached as AwsCredentials;
  }

  return Object.assign(provide, {
    memoized: true as const,
    peek: () => (endsAt() > Date.now() ? cached : undefined),
    invalidate(rejection: CredentialRejection) {
      checkRejection(rejection);
      if (cached?.accessKeyId === rejection.accessKeyId) cached = undefined;
    },
  });
}
