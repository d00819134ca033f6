import { checkCredentials } from "../../credentials/check-credentials.ts";
import { refuseExpired } from "../../credentials/check-expiry.ts";
import { credentialScope } from "../../sigv4/credential-scope.ts";
import type { AwsCredentials } from "../../credentials/credentials.ts";
import { isExpired, type ValidityClock } from "../../credentials/validity.ts";
import type { ServiceRules } from "../../sigv4/service-rules.ts";
import { own } from "../../errors/own.ts";
import { deriveKey } from "../../sigv4/signing-key.ts";
import { type HmacScope, hmacScope } from "../../sigv4/signing-scope.ts";

/**
 * Keeps what is constant: a scope for the second, a key for the day.
 *
 * The secret itself is compared: the key id alone would find the key of another secret (aws/aws-sdk-go-v2#3350), and the
 * caller can have changed the object.
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
  let scope: HmacScope | undefined;
  let secret = "";
  let second = 0;

  return function signingScopeAt(credentials) {
    const now = clock.now();
    const { accessKeyId, secretAccessKey } = credentials;
    const sessionToken = own(credentials, "sessionToken");
    const expiration = own(credentials, "expiration");
    // Most of the time one comparison is enough: only when it says "expired" are all readings of the time asked.
    if (expiration !== undefined && now >= Number(expiration) && isExpired(credentials, clock)) {
      refuseExpired(credentials);
    }
    if (
      scope === undefined ||
      second !== Math.floor(now / 1000) ||
      secret !== secretAccessKey ||
      scope.accessKeyId !== accessKeyId ||
      scope.sessionToken !== sessionToken
    ) {
      // Read once: a getter may answer otherwise the second time.
      const read = { accessKeyId, secretAccessKey, sessionToken, expiration };
      checkCredentials(read);
      if (isExpired(credentials, clock)) refuseExpired(credentials);
      const kept = secret === secretAccessKey ? scope?.key : undefined;
      scope = hmacScope(read, rules, new Date(now), (day) => {
        const good = credentialScope(day, region, service);
        return kept?.credentialScope === good ? kept : deriveKey(secretAccessKey, good);
      });
      secret = secretAccessKey;
      second = Math.floor(now / 1000);
    }
    return scope;
  };
}
