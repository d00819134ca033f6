import { sha256Hex } from "#sha256";
import { canonicalHeaders, readHeaders } from "./canonical-headers.ts";
import { canonicalQuery } from "./canonical-query.ts";
import { canonicalMethod, canonicalRequest } from "./canonical-request.ts";
import { canonicalTarget, type CanonicalTarget } from "./canonical-target.ts";
import { SignerError } from "./error.ts";
import { payloadHash } from "./payload-hash.ts";
import type { SignableRequest } from "./request.ts";
import { type Signature, withSteps } from "./signature.ts";
import { type SigningContext, type SigningScope, signingScope } from "./signing-scope.ts";
import { stringToSign } from "./string-to-sign.ts";
import { uriEncode } from "./uri-encode.ts";

/** A URL that carries its signature. Whoever holds it can send the request until it expires. */
export interface PresignedUrl extends Omit<Signature, "headers"> {
  readonly url: string;
}

/** The context of a presigned URL. */
export interface PresigningContext extends SigningContext {
  /** How long the URL works, in seconds: 1 to 604,800 (7 days). */
  readonly expiresIn: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
const LONGEST_S = 604_800;

/**
 * Signs a request with Signature Version 4 in its query, as a pure function. The body given is part of the signature,
 * save for Amazon S3; so are the headers that are signed, and the sender must send them the same.
 *
 * @throws SignerError when the request or the context cannot be signed; `INVALID_EXPIRES_IN` over 7 days.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 *
 * @example
 * const { url } = presignRequest(
 *   { url: "https://sagemaker.eu-west-1.amazonaws.com/?Action=CallWithBearerToken", method: "POST" },
 *   { credentials, region: "eu-west-1", service: "sagemaker", date: new Date(), expiresIn: 3600 },
 * );
 */
export function presignRequest(request: SignableRequest, context: PresigningContext): PresignedUrl {
  const scope = signingScope(context);
  return presign(request, canonicalTarget(request.url, scope.rules), scope, checkExpiresIn(context.expiresIn));
}

/** @throws SignerError `INVALID_EXPIRES_IN`. */
export function checkExpiresIn(expiresIn: number): number {
  if (Number.isInteger(expiresIn) && expiresIn >= 1 && expiresIn <= LONGEST_S) return expiresIn;
  throw new SignerError("INVALID_EXPIRES_IN", `expiresIn: expected whole seconds from 1 to ${LONGEST_S} (7 days)`);
}

/** The steps of the specification, from top to bottom. */
export function presign(
  request: SignableRequest,
  target: CanonicalTarget,
  scope: SigningScope,
  expiresIn: number,
): PresignedUrl {
  const { accessKeyId, sessionToken, credentialScope, rules, timestamp } = scope;
  if (/(?:^|&)x-amz-signature=/i.test(target.query)) {
    throw new SignerError("INVALID_URL", "url: has a signature already; presign the URL without X-Amz-* parameters");
  }

  // Step 1: create a canonical request, of which the signing parameters are part.
  const headers = canonicalHeaders({ host: target.host, ...readHeaders(request.headers) }, scope.signs);
  const { signedHeaders } = headers;
  let query =
    `${target.query}${target.query && "&"}X-Amz-Algorithm=${scope.algorithm}` +
    `&X-Amz-Credential=${uriEncode(`${accessKeyId}/${credentialScope}`)}` +
    `&X-Amz-Date=${timestamp}&X-Amz-SignedHeaders=${uriEncode(signedHeaders)}&X-Amz-Expires=${expiresIn}`;
  const token = sessionToken ? `&X-Amz-Security-Token=${uriEncode(sessionToken)}` : "";
  if (scope.regionSet !== undefined) query += `&X-Amz-Region-Set=${uriEncode(scope.regionSet)}`;
  if (rules.sessionToken === "signed") query += token;
  const canonical = canonicalRequest(
    canonicalMethod(request.method),
    { canonicalPath: target.canonicalPath, canonicalQuery: canonicalQuery(query) },
    headers,
    payloadHash(request.body, request.payload ?? rules.presignedPayload),
  );

  // Step 2: create a hash of the canonical request.
  const canonicalHash = sha256Hex(canonical);

  // Step 3: create a string to sign. Step 4: derive a signing key. Both are done with the scope, but for the hash.
  // Step 5: calculate the signature.
  const signature = scope.sign(canonicalHash);

  // Step 6: add the signature to the request.
  if (rules.sessionToken === "appended") query += token;
  const url = `${target.origin}${target.path}?${query}&X-Amz-Signature=${signature}`;
  return withSteps(
    { url, signature, signedHeaders, credentialScope },
    {
      canonicalRequest: canonical,
      get stringToSign() {
        return stringToSign(scope.algorithm, timestamp, credentialScope, canonicalHash);
      },
    },
  );
}
