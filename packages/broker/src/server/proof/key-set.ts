import type { Clock } from "@countersign/signer";
import type { CryptoKey, JSONWebKeySet, JWSHeaderParameters } from "jose";
import { JWKSMultipleMatchingKeys, JWKSNoMatchingKey } from "jose/errors";
import { createLocalJWKSet } from "jose/jwks/local";
import { withDeadline } from "../deadline.ts";
import { refusalReason } from "../refusal-reason.ts";
import { VendingError } from "../vending-error.ts";
import type { KeySource } from "./key-source.ts";

/** The pause after a failed reading; doubled after each further one. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
const STALE_AFTER_MS = 24 * 60 * 60_000;
const MAX_KEYS = 500;
/** A slow provider delays the requests that need it, and no others. */
const ANSWER_MS = 5_000;

type Resolve = ReturnType<typeof createLocalJWKSet>;

/** Requests that wait at a time for a reading that may bring the key they need. */
const MAX_WAITING = 256;

/** The clock of an identity provider may be behind by this much. */
const CLOCK_TOLERANCE_MS = 30_000;

/**
 * When a token says that it was issued, in milliseconds since the epoch. NaN: the token names another issuer or no time, and
 * is rejected.
 */
export type IssuedAt = () => number;

/** Finds the key that a token names. */
export interface KeySet {
  /** @param issuedAt asked only for a key that is not in the set. */
  (header: JWSHeaderParameters, issuedAt: IssuedAt): Promise<CryptoKey>;
  /** Reads the keys unless they were read. Never rejects. */
  warm(): Promise<void>;
}

/** Told when readings begin to fail, with the reason, when the reason changes, and when they succeed again. */
export type ReportKeys = (failure: string | undefined) => void;

/**
 * The keys of an identity provider. The last good set is used for up to a day, so that an outage of the provider signs
 * no user out; jose's own remote set drops it after ten minutes (node-jwks-rsa#385). Read again in the background every
 * ten minutes (a file every five seconds), at most every ten seconds for an unknown key, and within seconds after a
 * failure. An answer without usable keys is a failure.
 *
 * A key that is not in the set is no fault of a token that is younger than the set: the provider may have rotated its keys,
 * and others with invented key ids may have used up the readings. Its caller is told to come back, and not that the token is
 * rejected, for which a page would ask its user to sign in again. An older token is rejected, and causes no reading.
 *
 * @param report for the operator: an outage that the last good set hides would otherwise be noticed after a day.
 *
 * @throws VendingError `UNAVAILABLE` when no set is young enough, or when a key is not in the set and newer ones cannot be
 *   read, or when the key cannot be used; `TOO_MANY_REQUESTS` when they may not be read yet; jose's error for a key that is
 *   not in the set, and for one that several could be.
 */
export function createKeySet(
  source: KeySource,
  clock: Pick<Clock, "monotonic" | "sleep" | "wall">,
  report: ReportKeys = () => undefined,
): KeySet {
  let resolve: Resolve | undefined;
  let readAt = -Infinity;
  /** When the reading of the set began. */
  let begun = { wall: -Infinity, monotonic: -Infinity };
  let triedAt = -Infinity;
  let failures = 0;
  let reading: Promise<void> | undefined;
  let waiting = 0;
  let reported: string | undefined;

  function tell(failure: string | undefined): void {
    if (failure === reported) return;
    reported = failure;
    report(failure);
  }

  async function read(): Promise<void> {
    triedAt = clock.monotonic();
    failures += 1;
    const beginning = { wall: clock.wall(), monotonic: clock.monotonic() };
    const text = await withDeadline(clock, ANSWER_MS, (signal) => source.read(signal));
    resolve = createLocalJWKSet(keySetFrom(text));
    readAt = clock.monotonic();
    begun = beginning;
    failures = 0;
  }

  /** One reading at a time. */
  function refresh(): Promise<void> {
    reading ??= read()
      .then(
        () => tell(undefined),
        (error: Error) => {
          tell(refusalReason(error));
          throw error;
        },
      )
      .finally(() => {
        reading = undefined;
      });
    return reading;
  }

  /**
   * The time of day at which the reading of the set began, by the clock of the day or by the time since, whichever is
   * earlier: the clock may have been set back since, and the monotonic one stands while the machine sleeps.
   */
  function asOf(): number {
    return Math.min(begun.wall, clock.wall() - (clock.monotonic() - begun.monotonic));
  }

  /** The time until a reading may begin. */
  function pauseMs(): number {
    const ms = failures === 0 ? source.coolDownMs : Math.min(RETRY_MS * 2 ** (failures - 1), MAX_RETRY_MS);
    return Math.max(0, triedAt + ms - clock.monotonic());
  }

  /** For a token with a key that is not in the set: reads the keys again, if that can bring it. */
  async function readFor(unknown: unknown, issuedAt: IssuedAt): Promise<void> {
    // Written so that NaN throws too.
    if (!(issuedAt() >= asOf() - CLOCK_TOLERANCE_MS)) throw unknown;
    const waitMs = reading === undefined ? pauseMs() : waiting < MAX_WAITING ? 0 : RETRY_MS;
    if (waitMs > 0) {
      if (reading === undefined && failures > 0) throw unavailable(source);
      throw new VendingError("TOO_MANY_REQUESTS", "its key is not one of the issuer's, which were read just now", {
        retryAfterSeconds: Math.ceil(waitMs / 1_000),
      });
    }
    waiting += 1;
    try {
      await refresh();
    } catch (cause) {
      throw unavailable(source, cause);
    } finally {
      waiting -= 1;
    }
  }

  async function keySet(header: JWSHeaderParameters, issuedAt: IssuedAt): Promise<CryptoKey> {
    // The key may have been made after such a reading began: then a later one brings it.
    const isUnderWay = reading !== undefined;
    const age = clock.monotonic() - readAt;
    if (resolve === undefined || age > STALE_AFTER_MS) {
      if (reading === undefined && pauseMs() > 0) throw unavailable(source);
      await refresh().catch((cause: unknown) => {
        throw unavailable(source, cause);
      });
    } else if (age > source.refreshAfterMs && pauseMs() === 0) {
      refresh().catch(() => undefined);
    }
    const current = resolve;
    if (current === undefined) throw unavailable(source);
    try {
      return await current(header);
    } catch (error) {
      if (error instanceof JWKSMultipleMatchingKeys) throw error;
      // A key that cannot be imported is the provider's fault, not that of the token.
      if (!(error instanceof JWKSNoMatchingKey)) throw unavailable(source, error);
      await readFor(error, issuedAt);
      const found = (resolve ?? current)(header);
      if (!isUnderWay) return await found;
      return await found.catch(async (missing: unknown) => {
        if (!(missing instanceof JWKSNoMatchingKey)) throw missing;
        await readFor(missing, issuedAt);
        return (resolve ?? current)(header);
      });
    }
  }

  return Object.assign(keySet, {
    async warm() {
      if (resolve === undefined) await refresh().catch(() => undefined);
    },
  });
}

/** @throws VendingError for text that is not a set with at least one public key. */
function keySetFrom(text: string): JSONWebKeySet {
  const { keys } = Object(parsed(text)) as Partial<JSONWebKeySet>;
  if (!Array.isArray(keys)) throw new VendingError("UNAVAILABLE", "they must be { keys: [ … ] }");
  const usable = keys.filter(
    (key) => typeof key === "object" && key !== null && ["EC", "RSA", "OKP"].includes(key.kty as string),
  );
  if (usable.length === 0 || usable.length > MAX_KEYS)
    throw new VendingError("UNAVAILABLE", `they must have 1-${MAX_KEYS} public keys`);
  return { keys: usable };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new VendingError("UNAVAILABLE", "they must be JSON");
  }
}

function unavailable({ name }: KeySource, cause?: unknown): VendingError {
  return new VendingError("UNAVAILABLE", `the keys of ${name} cannot be read`, { cause, retryAfterSeconds: 2 });
}
