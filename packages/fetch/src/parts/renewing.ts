import { checkRejection, checkSource, checkWish } from "#platform/check-parts";
import {
  type AwsCredentials,
  checkCredentials,
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
  let timeOrigin = 0;
  let nextAt = 0;

  // The machine's time, or where its clock was set back, the time that has passed since the credentials arrived.
  const timeOf = (): number => Math.max(Date.now(), timeOrigin + performance.now());
  // A Date subtracts as its number.
  const leftMs = (): number => (cached ? ((own(cached, "expiration") ?? Infinity) as number) - timeOf() : 0);

  async function renew(): Promise<AwsCredentials> {
    // What cannot sign is not kept, so that the source is asked again.
    cached = checkCredentials(await source());
    timeOrigin = Date.now() - performance.now();
    return cached;
  }

  async function provide(request?: CredentialRequest): Promise<AwsCredentials> {
    checkWish(request);
    const now = timeOf();
    const left = leftMs();
    if (left <= 0 || (left < ADVISORY_MS && now > nextAt)) {
      nextAt = now + PAUSE_MS;
      flight ??= renew().finally(() => (flight = undefined));
      flight.catch(() => {});
      if (left <= 0) return unlessAborted(flight, request?.signal);
    }
    return cached as AwsCredentials;
  }

  return Object.assign(provide, {
    memoized: true as const,
    peek: () => (leftMs() > 0 ? cached : undefined),
    invalidate(rejection: CredentialRejection) {
      checkRejection(rejection);
      if (cached?.accessKeyId === rejection.accessKeyId) cached = undefined;
    },
  });
}
