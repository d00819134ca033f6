import { ecdsaSign, isEcKey, type KeyPair } from "#platform/ecdsa";
import { checkExpiry } from "../credentials/check-expiry.ts";
import { readCredentials } from "../credentials/read-credentials.ts";
import { checkService } from "../sigv4/credential-scope.ts";
import { checkOptions, type Shapes, unchecked } from "../errors/check-options.ts";
import { SignerError } from "../errors/error.ts";
import { refuseOption } from "../errors/refuse.ts";
import { type PresignedUrl, presignWithin } from "../sigv4/presign-request.ts";
import type { SignableRequest } from "../sigv4/request.ts";
import { serviceRules } from "../sigv4/service-rules.ts";
import { signWithin } from "../sigv4/sign-request.ts";
import type { Signature } from "../sigv4/signature.ts";
import { readRequest } from "../sigv4/read-request.ts";
import { contextShapes, type SigningContext, type SigningScope, tokenParameter } from "../sigv4/signing-scope.ts";
import { signingTime } from "../sigv4/signing-time.ts";
import { stringToSign } from "../sigv4/string-to-sign.ts";
import { ALGORITHM, deriveKeyPair } from "./derive-key-pair.ts";

/** The context of a SigV4a signature. */
export interface V4aContext extends Omit<SigningContext, "region" | "signingKey"> {
  /** The region set: one or more regions separated by commas, `*` for all, `us-*` for some. */
  readonly region: string;
  /** From `deriveKeyPair` with the same credentials. Default: derived. */
  readonly signingKey?: KeyPair | undefined;
}

/**
 * Signs a request with Signature Version 4a: an asymmetric signature that is valid in all regions of a set.
 *
 * @throws SignerError as `signRequest` of the main entry does; `UNSUPPORTED_RUNTIME` where there is no `node:crypto`.
 *
 * @example
 * const signature = signRequest(request, { credentials, region: "us-east-1,us-west-2", service: "s3", date: new Date() });
 */
export function signRequest(request: SignableRequest, context: V4aContext): Signature {
  return signWithin(
    v4aScope(checkOptions(context, contextShapes as Shapes<V4aContext>, refuseOption)),
    readRequest(request),
  );
}

/**
 * Signs a request with Signature Version 4a in its query.
 *
 * @throws SignerError as `signRequest` does; `INVALID_EXPIRES_IN` over 7 days.
 */
export function presignRequest(
  request: SignableRequest,
  context: V4aContext & { readonly expiresIn: number },
): PresignedUrl {
  const checked = checkOptions(
    context,
    { ...(contextShapes as Shapes<V4aContext>), expiresIn: unchecked },
    refuseOption,
  );
  return presignWithin(v4aScope(checked), readRequest(request), checked.expiresIn);
}

function v4aScope(context: V4aContext): SigningScope {
  const { region, service, settings } = context;
  const credentials = readCredentials(context.credentials);
  checkService(service);
  if (typeof region !== "string" || !/^[\w.*-]+(?:,[\w.*-]+)*$/.test(region)) {
    throw new SignerError("INVALID_REGION", "region: must be regions separated by commas, such as us-east-1,us-west-2");
  }
  const timestamp = signingTime(context.date);
  checkExpiry(credentials, context.date);
  const credentialScope = `${timestamp.slice(0, 8)}/${service}/aws4_request`;
  const { sessionToken } = credentials;
  const keys = context.signingKey ?? deriveKeyPair(credentials);
  if (!isEcKey(keys.privateKey)) refuseOption("signingKey: must be from deriveKeyPair", "signingKey");
  return {
    algorithm: ALGORITHM,
    accessKeyId: credentials.accessKeyId,
    sessionToken,
    tokenParameter: tokenParameter(sessionToken),
    rules: serviceRules(service, settings),
    timestamp,
    credentialScope,
    regionSet: region,
    sign: (hash) => ecdsaSign(keys, stringToSign(ALGORITHM, timestamp, credentialScope, hash)),
  };
}
