import { checkAccessKey } from "./access-key.ts";
import type { Clock } from "./clock.ts";
import { credentialScope } from "./credential-scope.ts";
import type { AwsCredentials } from "./credentials.ts";
import { SignerError } from "./error.ts";
import { headerRule } from "./header-rules.ts";
import type { ServiceRules } from "./service-rules.ts";
import { deriveKey, type SigningKey } from "./signing-key.ts";
import { type HmacScope, hmacScope } from "./signing-scope.ts";
import { signingTime } from "./signing-time.ts";

/** How many sets of credentials one signer keeps keys for. It signs with one at a time; a few may take turns. */
const MOST_KEYS = 8;

/**
 * Keeps what is constant: a scope for the second, keys for the day.
 *
 * Keys are kept under the credentials object, never under the key id alone, which would sign with the key of another
 * secret (aws/aws-sdk-go-v2#3350), nor under a string with a secret in it; and the three strings are compared, so that
 * an object that somebody wrote to is not mistaken for what it was.
 *
 * @returns a function that works out the scope of now. It throws SignerError `CREDENTIALS_EXPIRED` for credentials that
 * have.
 */
export function scopeCache(
  region: string,
  service: string,
  rules: ServiceRules,
  clock: Pick<Clock, "now">,
): (credentials: AwsCredentials) => HmacScope {
  const signs = headerRule(rules.signedHeaders);
  const keys = new Map<AwsCredentials, { readonly key: SigningKey; readonly secretAccessKey: string }>();
  let keysOf = "";
  let current: HmacScope | undefined;
  let second = Number.NaN;

  function keyFor(credentials: AwsCredentials, day: string): SigningKey {
    if (keysOf !== day) keys.clear();
    keysOf = day;
    const { secretAccessKey } = credentials;
    const kept = keys.get(credentials);
    if (kept?.secretAccessKey === secretAccessKey) return kept.key;
    if (keys.size >= MOST_KEYS) for (const oldest of [...keys.keys()].slice(0, 1)) keys.delete(oldest);
    const key = deriveKey(secretAccessKey, credentialScope(day, region, service));
    keys.set(credentials, { key, secretAccessKey });
    return key;
  }

  return function scopeFor(credentials) {
    const now = clock.now();
    if (credentials.expiration !== undefined && !(now < credentials.expiration.getTime())) {
      throw new SignerError(
        "CREDENTIALS_EXPIRED",
        `credentials: expired at ${credentials.expiration.toISOString()}; nothing was signed, as AWS would refuse it`,
      );
    }
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    if (
      current !== undefined &&
      second === Math.floor(now / 1000) &&
      current.accessKeyId === accessKeyId &&
      current.sessionToken === sessionToken &&
      keys.get(credentials)?.secretAccessKey === secretAccessKey
    ) {
      return current;
    }
    checkAccessKey(credentials);
    const { day, timestamp } = signingTime(new Date(now));
    second = Math.floor(now / 1000);
    current = hmacScope(credentials, rules, signs, timestamp, keyFor(credentials, day));
    return current;
  };
}
