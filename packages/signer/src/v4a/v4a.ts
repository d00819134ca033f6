import { deriveKeys, ecdsaSign, type KeyPair } from "#ecdsa";
import { checkCredentials } from "./check-credentials.ts";
import { checkService } from "./credential-scope.ts";
import type { AwsCredentials } from "./credentials.ts";
import { SignerError } from "./error.ts";
import { hmac, hmacKey } from "./hmac.ts";
import { type PresignedUrl, presignWithin } from "./presign-request.ts";
import type { SignableRequest } from "./request.ts";
import { serviceRules } from "./service-rules.ts";
import { signWithin } from "./sign-request.ts";
import type { Signature } from "./signature.ts";
import { type SigningContext, type SigningScope, tokenParameter } from "./signing-scope.ts";
import { signingTime } from "./signing-time.ts";
import { stringToSign } from "./string-to-sign.ts";

export type { KeyPair } from "#ecdsa";
export { applySignature } from "./apply-signature.ts";

/** The context of a SigV4a signature. */
export interface V4aContext extends Omit<SigningContext, "region" | "signingKey"> {
  /** The region set: one or more regions separated by commas, `*` for all, `us-*` for some. */
  readonly region: string;
  /** From `deriveKeyPair` with the same credentials. Default: derived. */
  readonly signingKey?: KeyPair | undefined;
}

const ALGORITHM = "AWS4-ECDSA-P256-SHA256";

/** The order of P-256, less 2 (SEC 2, section 2.4.2). */
const LARGEST = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254f";

/**
 * Derives the key pair of an access key: HMAC-SHA-256 in counter mode (NIST SP 800-108) over a fixed label and the key
 * id, until the result is a private key of P-256. The same for every region and day.
 *
 * @throws SignerError `INVALID_ACCESS_KEY`, or `UNSUPPORTED_RUNTIME` where there is no `node:crypto`.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export function deriveKeyPair(credentials: Pick<AwsCredentials, "accessKeyId" | "secretAccessKey">): KeyPair {
  checkCredentials(credentials);
  const encoder = new TextEncoder();
  const key = hmacKey(encoder.encode(`AWS4A${credentials.secretAccessKey}`));
  for (let counter = 1; counter < 255; counter++) {
    const input = `\0\0\0\x01${ALGORITHM}\0${credentials.accessKeyId}${String.fromCharCode(counter)}\0\0\x01\0`;
    const candidate = hmac(
      key,
      Uint8Array.from(input, (character) => character.charCodeAt(0)),
    );
    if (!isTooLarge(candidate)) return deriveKeys(plusOne(candidate));
  }
  throw new SignerError("INVALID_ACCESS_KEY", "accessKeyId: no key pair follows from it");
}

// Both walk over all bytes whatever they are: the candidate is secret.
function isTooLarge(candidate: Uint8Array): boolean {
  let borrow = 0;
  for (let i = 31; i >= 0; i--) {
    borrow = (Number.parseInt(LARGEST.slice(2 * i, 2 * i + 2), 16) - candidate[i]! - borrow) >>> 31;
  }
  return borrow === 1;
}

function plusOne(candidate: Uint8Array): Uint8Array {
  const sum = candidate.slice();
  for (let i = 31, carry = 1; i >= 0; i--) {
    carry += candidate[i]!;
    sum[i] = carry;
    carry >>>= 8;
  }
  return sum;
}

/**
 * Signs a request with Signature Version 4a: asymmetric, and good in all regions of a set.
 *
 * @throws SignerError as `signRequest` of the main entry does; `UNSUPPORTED_RUNTIME` where there is no `node:crypto`.
 *
 * @example
 * const signature = signRequest(request, { credentials, region: "us-east-1,us-west-2", service: "s3", date: new Date() });
 */
export function signRequest(request: SignableRequest, context: V4aContext): Signature {
  return signWithin(v4aScope(context), request);
}

/**
 * The same in the query of a URL.
 *
 * @throws SignerError as `signRequest` does; `INVALID_EXPIRES_IN` over 7 days.
 */
export function presignRequest(
  request: SignableRequest,
  context: V4aContext & { readonly expiresIn: number },
): PresignedUrl {
  return presignWithin(v4aScope(context), request, context.expiresIn);
}

function v4aScope(context: V4aContext): SigningScope {
  const { credentials, region, service, settings } = context;
  checkCredentials(credentials);
  checkService(service);
  if (typeof region !== "string" || !/^[\w.*-]+(?:,[\w.*-]+)*$/.test(region)) {
    throw new SignerError(
      "INVALID_REGION",
      "region: expected regions separated by commas, such as us-east-1,us-west-2",
    );
  }
  const timestamp = signingTime(context.date);
  const credentialScope = `${timestamp.slice(0, 8)}/${service}/aws4_request`;
  const keys = context.signingKey ?? deriveKeyPair(credentials);
  return {
    algorithm: ALGORITHM,
    accessKeyId: credentials.accessKeyId,
    sessionToken: credentials.sessionToken,
    tokenParameter: tokenParameter(credentials.sessionToken),
    rules: serviceRules(service, settings),
    timestamp,
    credentialScope,
    regionSet: region,
    sign: (hash) => ecdsaSign(keys, stringToSign(ALGORITHM, timestamp, credentialScope, hash)),
  };
}
