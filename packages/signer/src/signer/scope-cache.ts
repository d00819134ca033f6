import { checkCredentials } from "../credentials/check-credentials.ts";
import { refuseExpired } from "../credentials/check-expiry.ts";
import { credentialScope } from "../sigv4/credential-scope.ts";
import type { AwsCredentials } from "../credentials/credentials.ts";
import { isExpired, type ValidityClock } from "../credentials/validity.ts";
import type { ServiceRules } from "../sigv4/service-rules.ts";
import { own } from "../errors/own.ts";
import { deriveKey } from "../sigv4/signing-key.ts";
import { type HmacScope, hmacScope } from "../sigv4/signing-scope.ts";

/** The scope of some credentials, and what it was made from. */
interface Entry {
  readonly scope: HmacScope;
  readonly secret: string;
  readonly second: number;
}

/**
 * Keeps what is constant: a scope for the second, a key for the day. The last credentials have theirs, and so has every
 * other credentials object for as long as its owner keeps it: signers of many tenants are given them in turn.
 *
 * The secret itself is compared: the key id alone would find the key of another secret (aws/aws-sdk-go-v2#3350), and the
 * caller can have changed the object.
 *
 * @returns a function that works out the scope of now. It throws SignerError `CREDENTIALS_EXPIRED` for credentials that
 * have.
 */
export function scopeCache(
  region: string,
  service: string,
  rules: ServiceRules,
  clock: ValidityClock,
): (credentials: AwsCredentials) => HmacScope {
  const entries = new WeakMap<AwsCredentials, Entry>();
  let last: Entry | undefined;

  return function signingScopeAt(credentials) {
    const now = clock.now();
    const second = Math.floor(now / 1000);
    const { accessKeyId, secretAccessKey } = credentials;
    const sessionToken = own(credentials, "sessionToken");
    const expiration = own(credentials, "expiration");
    const isFor = (entry: Entry | undefined): boolean =>
      entry?.secret === secretAccessKey &&
      entry.scope.accessKeyId === accessKeyId &&
      entry.scope.sessionToken === sessionToken;
    const entry = isFor(last) ? last : entries.get(credentials);
    const isCurrent = entry?.second === second && isFor(entry);
    // A copy: a getter may answer otherwise the second time.
    const read = { accessKeyId, secretAccessKey, sessionToken, expiration };
    if (!isCurrent) checkCredentials(read);
    // Most of the time one comparison is enough: only when it says "expired" are all readings of the time asked.
    if ((!isCurrent || now >= Number(expiration)) && isExpired(credentials, clock)) refuseExpired(read);
    if (isCurrent) return (last = entry).scope;
    const key = entry?.secret === secretAccessKey ? entry.scope.key : undefined;
    const scope = hmacScope(read, rules, new Date(now), (day) => {
      const good = credentialScope(day, region, service);
      return key?.credentialScope === good ? key : deriveKey(secretAccessKey, good);
    });
    last = { scope, secret: secretAccessKey, second };
    entries.set(credentials, last);
    return scope;
  };
}
