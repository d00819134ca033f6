import { checkAccessKey } from "./access-key.ts";
import { type SignatureState, signatureState } from "./calculate-signature.ts";
import { credentialScope } from "./credential-scope.ts";
import type { AwsCredentials } from "./credentials.ts";
import { SignerError } from "./error.ts";
import { type HeaderRule, headerRule } from "./header-rules.ts";
import type { ServiceRules } from "./service-rules.ts";
import { resolveSettings, type SigningSettings } from "./settings.ts";
import { deriveKey, type SigningKey } from "./signing-key.ts";
import { signingTime } from "./signing-time.ts";

/** All that a signature depends on besides the request. */
export interface SigningContext {
  readonly credentials: AwsCredentials;
  /** Such as `eu-west-1`. */
  readonly region: string;
  /** The signing name, such as `sagemaker`. */
  readonly service: string;
  readonly date: Date;
  /** Default: the rules of the service. */
  readonly settings?: SigningSettings | undefined;
  /** From `deriveSigningKey` with the same context. Default: derived. */
  readonly signingKey?: SigningKey | undefined;
}

/** A context, checked and worked out: what stays the same for all requests of one second. */
export interface SigningScope {
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  readonly rules: ServiceRules;
  readonly signs: HeaderRule;
  /** `20150830T123600Z`. */
  readonly timestamp: string;
  readonly credentialScope: string;
  /** The signing key, with all of the string to sign taken in that stays the same. */
  readonly state: SignatureState;
}

/**
 * Works a context out.
 *
 * @throws SignerError for whatever is wrong with it; `INVALID_OPTION` for a signing key of another scope.
 */
export function signingScope(context: SigningContext): SigningScope {
  const { credentials, region, service, date, settings, signingKey } = context;
  checkAccessKey(credentials);
  if (!(date instanceof Date)) throw new SignerError("INVALID_DATE", "date: expected a Date");
  const time = signingTime(date.getTime());
  const scope = credentialScope(time.day, region, service);
  if (signingKey !== undefined && signingKey.credentialScope !== scope) {
    throw new SignerError("INVALID_OPTION", `signingKey: is for ${signingKey.credentialScope}, not for ${scope}`);
  }
  const rules = resolveSettings(service, settings);
  return {
    accessKeyId: credentials.accessKeyId,
    sessionToken: credentials.sessionToken,
    rules,
    signs: headerRule(rules.signedHeaders),
    timestamp: time.timestamp,
    credentialScope: scope,
    state: signatureState(signingKey ?? deriveKey(credentials.secretAccessKey, scope), time.timestamp, scope),
  };
}
