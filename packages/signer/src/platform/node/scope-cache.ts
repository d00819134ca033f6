import { checkCredentials } from "../../credentials/check-credentials.ts";
import { refuseExpired } from "../../credentials/check-expiry.ts";
import { credentialScope } from "../../sigv4/credential-scope.ts";
import type { AwsCredentials } from "../../credentials/credentials.ts";
import { daySignerOf } from "../../signer/day-signer.ts";
import { isExpired, type ValidityClock } from "../../credentials/validity.ts";
import type { ServiceRules } from "../../sigv4/service-rules.ts";
import { own } from "../../errors/own.ts";
import { deriveKey } from "../../sigv4/signing-key.ts";
import { type HmacScope, hmacScope } from "../../sigv4/signing-scope.ts";
import { SecondScope } from "../../signer/second-scope.ts";

/** The scope of one credentials object, and the values that it was made from. */
interface Entry {
  /** Who it was made or last used for. */
  owner: AwsCredentials;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** Milliseconds since 1970. Infinity: they do not expire. */
  readonly expiresAt: number;
  second: number;
  /** The second in which the day of the scope began. */
  readonly midnight: number;
  scope: SecondScope;
}

const SECONDS_PER_DAY = 86_400;

let serial = 0;

/** An empty object. A member found here was put into `Object.prototype`. */
const plain: Partial<AwsCredentials> = {};

/**
 * Keeps what is constant: a scope for the second, a key for the day. There is one entry for each credentials object, in
 * a WeakMap, so that signers of many tenants keep theirs while they take turns; the last one used is found first.
 *
 * The secret itself is compared: the key id alone would find the key of another secret (aws/aws-sdk-go-v2#3350), and
 * the caller can have changed the object.
 *
 * @returns a function that gives the scope for the present time. It throws SignerError `CREDENTIALS_EXPIRED` for
 * expired credentials.
 */
export function scopeCache(
  region: string,
  service: string,
  rules: ServiceRules,
  clock: ValidityClock,
): (credentials: AwsCredentials) => HmacScope {
  const entries = new WeakMap<AwsCredentials, Entry>();
  let last: Entry | undefined;

  /** The scope of credentials that were not seen before, or not on this day. @param former one with the same secret. */
  function scopeOf(credentials: AwsCredentials, now: number, former: HmacScope | undefined): SecondScope {
    const scope = hmacScope(credentials, rules, new Date(now), (day) => {
      const wanted = credentialScope(day, region, service);
      const key = former?.key;
      return key?.credentialScope === wanted ? key : deriveKey(credentials.secretAccessKey, wanted);
    });
    return new SecondScope(scope, daySignerOf(scope.key), serial++, scope.timestamp, scope.signedAt);
  }

  return function signingScopeAt(credentials) {
    const now = clock.now();
    const second = Math.floor(now / 1000);
    // Read once: a getter may answer otherwise the second time.
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = isPolluted()
      ? ownFields(credentials)
      : credentials;
    // The time and not the object: a broker's credentials answer with a new `Date` each time.
    const expiresAt = expiration === undefined ? Infinity : expiration?.getTime?.();
    let given = last;
    if (!isFor(given, accessKeyId, secretAccessKey, sessionToken, expiresAt)) given = entries.get(credentials);
    else if (given.second === second && now < expiresAt) return given.scope;
    const known = isFor(given, accessKeyId, secretAccessKey, sessionToken, expiresAt) ? given : undefined;
    const read = { accessKeyId, secretAccessKey, sessionToken, expiration };
    if (known === undefined) checkCredentials(read);
    // Most of the time one comparison is enough: only when it says "expired" are all readings of the time asked.
    const isCurrent = known?.second === second;
    if (expiration !== undefined && (!isCurrent || now >= expiresAt) && isExpired(credentials, clock)) {
      refuseExpired(read);
    }
    if (known !== undefined && isCurrent) {
      last = known;
      return known.scope;
    }
    const ofDay = known === undefined ? -1 : second - known.midnight;
    if (known !== undefined && ofDay >= 0 && ofDay < SECONDS_PER_DAY) {
      known.scope = scopeLater(known.scope, second, ofDay);
      known.second = second;
      if (known.owner !== credentials) entries.set((known.owner = credentials), known);
      last = known;
      return known.scope;
    }
    const former = given?.secretAccessKey === secretAccessKey ? given.scope : undefined;
    const scope = scopeOf(read, now, former);
    const midnight = Math.floor(second / SECONDS_PER_DAY) * SECONDS_PER_DAY;
    last = { owner: credentials, accessKeyId, secretAccessKey, sessionToken, expiresAt, second, midnight, scope };
    entries.set(credentials, last);
    return scope;
  };
}

/** Whether `Object.prototype` was given a member that temporary credentials have and others lack. */
function isPolluted(): boolean {
  return plain.sessionToken !== undefined || plain.expiration !== undefined;
}

/** The fields that make a scope, none from `Object.prototype`. */
function ownFields(credentials: AwsCredentials): AwsCredentials {
  const { accessKeyId, secretAccessKey } = credentials;
  const sessionToken = own(credentials, "sessionToken");
  return { accessKeyId, secretAccessKey, sessionToken, expiration: own(credentials, "expiration") };
}

function isFor(
  entry: Entry | undefined,
  accessKeyId: string,
  secretAccessKey: string,
  sessionToken: string | undefined,
  expiresAt: number,
): entry is Entry {
  return (
    entry !== undefined &&
    entry.secretAccessKey === secretAccessKey &&
    entry.accessKeyId === accessKeyId &&
    entry.sessionToken === sessionToken &&
    entry.expiresAt === expiresAt
  );
}

/** 00 to 59. */
const PAIRS =
  "000102030405060708091011121314151617181920212223242526272829303132333435363738394041424344454647484950515253545556575859";

/**
 * The scope for another second of the same day. This is fast because most first requests of a second come after a
 * pause.
 */
function scopeLater(scope: SecondScope, second: number, ofDay: number): SecondScope {
  const seconds = 2 * (ofDay % 60);
  const minutes = 2 * (Math.floor(ofDay / 60) % 60);
  const hours = 2 * Math.floor(ofDay / 3600);
  const time = PAIRS.slice(hours, hours + 2) + PAIRS.slice(minutes, minutes + 2) + PAIRS.slice(seconds, seconds + 2);
  return new SecondScope(scope, scope.day, scope.serial, `${scope.timestamp.slice(0, 9)}${time}Z`, second * 1000);
}
