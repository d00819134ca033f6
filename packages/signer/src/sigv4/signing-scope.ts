import { createHmacSigner, type HmacSigner } from "#platform/hmac-signer";
import { words } from "#words";
import { checkExpiry } from "../credentials/check-expiry.ts";
import { readCredentials } from "../credentials/read-credentials.ts";
import { credentialScope } from "./credential-scope.ts";
import type { AwsCredentials } from "../credentials/credentials.ts";
import { checkOptions, optional, shape, type Shapes, unchecked } from "../errors/check-options.ts";
import { own } from "../errors/own.ts";
import { refuse, refuseOption } from "../errors/refuse.ts";
import { type ServiceRules, serviceRules } from "./service-rules.ts";
import type { SigningSettings } from "./settings.ts";
import { deriveKey, isSigningKey, type SigningKey } from "./signing-key.ts";
import { signingTime } from "./signing-time.ts";
import { ALGORITHM } from "./string-to-sign.ts";
import { uriEncode } from "./uri-encode.ts";

/**
 * The shapes of a signing context. A member that is `unchecked` here is checked where it is used, by a more special
 * error.
 */
export const contextShapes: Shapes<SigningContext> = {
  credentials: unchecked,
  region: unchecked,
  service: unchecked,
  date: unchecked,
  settings: unchecked,
  signingKey: /* @__PURE__ */ optional(
    /* @__PURE__ */ shape(words && "from deriveSigningKey or deriveKeyPair", (key) => Object(key) === key),
  ),
};

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

/** A checked context with what follows from it: everything that stays the same for all requests of one second. */
export interface SigningScope {
  readonly algorithm: string;
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  /** `&X-Amz-Security-Token=…`, or nothing; made when a URL is presigned. */
  readonly tokenParameter: () => string;
  readonly rules: ServiceRules;
  /** `20150830T123600Z`. */
  readonly timestamp: string;
  readonly credentialScope: string;
  /** SigV4a: the regions in which the signature is valid, which its credential scope does not name. */
  readonly regionSet?: string;
  /** The signature over a hash of a canonical request. */
  readonly sign: (canonicalRequestHash: string) => string;
}

/** A scope of Signature Version 4 itself. */
export interface HmacScope extends SigningScope {
  /** The second it is for, in milliseconds since the epoch. */
  readonly signedAt: number;
  readonly sign: HmacSigner;
  readonly key: SigningKey;
}

/**
 * Checks a context and computes its scope.
 *
 * @throws SignerError for a wrong context; `INVALID_OPTION` for a signing key of another scope.
 */
export function signingScope(context: SigningContext): HmacScope {
  const {
    credentials: given,
    region,
    service,
    settings,
    date,
    signingKey,
  } = checkOptions(context, contextShapes, refuseOption);
  const credentials = readCredentials(given);
  return hmacScope(credentials, serviceRules(service, settings), date, (day) => {
    checkExpiry(credentials, date);
    const scope = credentialScope(day, region, service);
    if (signingKey === undefined) return deriveKey(credentials.secretAccessKey, scope);
    if (signingKey.credentialScope === scope && isSigningKey(signingKey)) return signingKey;
    return refuse("INVALID_OPTION", words ? `signingKey: must be from deriveSigningKey, for ${scope}` : "signingKey");
  });
}

/** The scope of credentials and a second. @param keyOf the signing key of a day. */
export function hmacScope(
  credentials: AwsCredentials,
  rules: ServiceRules,
  date: Date,
  keyOf: (day: string) => SigningKey,
): HmacScope {
  const { accessKeyId } = credentials;
  const sessionToken = own(credentials, "sessionToken");
  const timestamp = signingTime(date);
  const key = keyOf(timestamp.slice(0, 8));
  return {
    algorithm: ALGORITHM,
    accessKeyId,
    sessionToken,
    tokenParameter: tokenParameter(sessionToken),
    rules,
    timestamp,
    credentialScope: key.credentialScope,
    sign: createHmacSigner(key, timestamp),
    signedAt: Math.floor(date.getTime() / 1000) * 1000,
    key,
  };
}

/** The session token as a part of a query, encoded once. */
export function tokenParameter(sessionToken: string | undefined): () => string {
  let parameter: string | undefined;
  return () => (parameter ??= sessionToken ? `&X-Amz-Security-Token=${uriEncode(sessionToken)}` : "");
}
