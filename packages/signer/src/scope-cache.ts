import { checkCredentials } from "./check-credentials.ts";
import { checkExpiry } from "./check-expiry.ts";
import type { Clock } from "./clock.ts";
import { credentialScope } from "./credential-scope.ts";
import type { AwsCredentials } from "./credentials.ts";
import { headerRule } from "./header-rules.ts";
import type { ServiceRules } from "./service-rules.ts";
import { deriveKey, type SigningKey } from "./signing-key.ts";
import { type HmacScope, hmacScope } from "./signing-scope.ts";
import { signingTime } from "./signing-time.ts";

/**
 * Keeps what is constant: a scope for the second, keys for the day.
 *
 * Keys are kept under the credentials object, never under the key id alone, which would sign with the key of another
 * secret (aws/aws-sdk-go-v2#3350), nor under a string with a secret in it; and the strings are compared, so that an
 * object that somebody wrote to is not mistaken for what it was. What nobody holds any more is not kept either.
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
  let keys = new WeakMap<AwsCredentials, { readonly secret: string; readonly key: SigningKey }>();
  let keysOf = "";
  let scope: HmacScope | undefined;
  let source: AwsCredentials | undefined;
  let secret = "";
  let second = 0;

  return function scopeFor(credentials) {
    const now = clock.now();
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    checkExpiry(credentials, now);
    if (
      scope === undefined ||
      source !== credentials ||
      second !== Math.floor(now / 1000) ||
      secret !== secretAccessKey ||
      scope.accessKeyId !== accessKeyId ||
      scope.sessionToken !== sessionToken
    ) {
      checkCredentials(credentials);
      const { day, timestamp } = signingTime(new Date(now));
      if (keysOf !== day) keys = new WeakMap();
      let kept = keys.get(credentials);
      if (kept?.secret !== secretAccessKey) {
        kept = { secret: secretAccessKey, key: deriveKey(secretAccessKey, credentialScope(day, region, service)) };
        keys.set(credentials, kept);
      }
      keysOf = day;
      source = credentials;
      secret = secretAccessKey;
      second = Math.floor(now / 1000);
      scope = hmacScope(credentials, rules, signs, timestamp, kept.key);
    }
    return scope;
  };
}
