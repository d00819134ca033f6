import type { Clock } from "@countersign/signer";
import { type CryptoKey, type JWSHeaderParameters, type JSONWebKeySet, createLocalJWKSet, errors } from "jose";
import { VendingError } from "../vending-error.ts";

const REFRESH_AFTER_MS = 10 * 60_000;
const COOL_DOWN_MS = 30_000;
const STALE_AFTER_MS = 24 * 60 * 60_000;
const MAX_BYTES = 256 * 1024;
/** A provider that is slow costs those who wait this long, not the server its places. */
const ANSWER_MS = 5_000;

type Resolve = ReturnType<typeof createLocalJWKSet>;

/** Finds the key that a token names. */
export type KeySet = (header: JWSHeaderParameters) => Promise<CryptoKey>;

/**
 * The keys of an identity provider, kept as last read for up to a day: an outage of the provider must not sign everybody
 * out, which is what jose's own remote set does after ten minutes (node-jwks-rsa#385). Read again every ten minutes in
 * the background, and at most twice a minute for a key that is not known yet.
 *
 * @throws VendingError `UNAVAILABLE` when there are no keys young enough; jose's error for a key that is none of them.
 */
export function createKeySet(url: URL, fetch: typeof globalThis.fetch, clock: Clock): KeySet {
  let resolve: Resolve | undefined;
  let readAt = -Infinity;
  let triedAt = -Infinity;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    triedAt = clock.monotonic();
    const answer = await fetch(url, {
      redirect: "error",
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!answer.ok) throw new Error(`${url.host} answered ${answer.status}`);
    const text = await answer.text();
    if (text.length > MAX_BYTES) throw new Error(`${url.host} answered with more than ${MAX_BYTES} characters`);
    resolve = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    readAt = clock.monotonic();
  }

  /** One reading at a time, however many ask. */
  function refresh(): Promise<void> {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  const mayTry = (): boolean => clock.monotonic() - triedAt >= COOL_DOWN_MS;

  return async function keySet(header) {
    const age = clock.monotonic() - readAt;
    if (resolve === undefined || age > STALE_AFTER_MS) {
      if (reading === undefined && !mayTry()) throw unavailable(url);
      await refresh().catch((cause: unknown) => {
        throw unavailable(url, cause);
      });
    } else if (age > REFRESH_AFTER_MS && mayTry()) {
      refresh().catch(() => undefined);
    }
    const current = resolve;
    if (current === undefined) throw unavailable(url);
    try {
      return await current(header);
    } catch (error) {
      // A key that was made since: look once more, but not for everybody who invents a key id.
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayTry()) throw error;
      await refresh().catch(() => undefined);
      return await (resolve ?? current)(header);
    }
  };
}

function unavailable(url: URL, cause?: unknown): VendingError {
  return new VendingError("UNAVAILABLE", `the keys of ${url.host} cannot be read`, { cause, retryAfterSeconds: 30 });
}
