import { own } from "../errors/own.ts";
import { words } from "#words";
import { sha256Hex } from "#platform/sha256";
import { hasSigv4a } from "#platform/sigv4a";
import { canonicalHeaders, readHeaders } from "./canonical-headers.ts";
import { sortPairs } from "./canonical-query.ts";
import { canonicalMethod, canonicalRequest } from "./canonical-request.ts";
import { checkOptions, unchecked } from "../errors/check-options.ts";
import { refuse, refuseOption } from "../errors/refuse.ts";
import { payloadHash } from "./payload-hash.ts";
import type { SignableRequest } from "./request.ts";
import { type RequestTarget, requestTarget } from "./request-target.ts";
import { type Signature, withSteps } from "./signature.ts";
import { type ReadRequest, readRequest } from "./read-request.ts";
import { contextShapes, type SigningContext, type SigningScope, signingScope } from "./signing-scope.ts";
import { stringToSign } from "./string-to-sign.ts";
import { uriEncode } from "./uri-encode.ts";

/** A URL that carries its signature. Its holder can send the request until it expires. */
export interface PresignedUrl extends Omit<Signature, "headers"> {
  readonly url: string;
}

/** The context of a presigned URL. */
export interface PresigningContext extends SigningContext {
  /** How long the URL works, in seconds: 1 to 604,800 (7 days). */
  readonly expiresIn: number;
}

/**
 * Signs a request with Signature Version 4 in its query, as a pure function. Except for Amazon S3 the signature covers
 * the given body. The sender must send the signed headers unchanged.
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
  const { expiresIn, ...rest } = checkOptions(context, { ...contextShapes, expiresIn: unchecked }, refuseOption);
  return presignWithin(signingScope(rest), readRequest(request), expiresIn);
}

/** @throws SignerError `INVALID_EXPIRES_IN`. */
export function checkExpiresIn(expiresIn: number): number {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
  if (Number.isInteger(expiresIn) && expiresIn > 0 && expiresIn <= 604_800) return expiresIn;
  return refuse("INVALID_EXPIRES_IN", words ? "expiresIn: must be whole seconds, 1 to 604800 (7 days)" : "expiresIn");
}

/** `presignRequest` for a scope that is computed already. */
export function presignWithin(scope: SigningScope, request: ReadRequest, expiresIn: number): PresignedUrl {
  const { algorithm, credentialScope, rules, timestamp } = scope;
  const presigned = presign(request, requestTarget(request.url, rules), scope, checkExpiresIn(expiresIn));
  const { canonical, signature, signedHeaders, url } = presigned;
  return withSteps({ url, signature, signedHeaders, credentialScope }, () => ({
    canonicalRequest: canonical,
    stringToSign: stringToSign(algorithm, timestamp, credentialScope, presigned.canonicalHash),
  }));
}

/** A URL with its signature. */
export interface Presigned {
  readonly url: string;
  readonly signature: string;
  readonly signedHeaders: string;
  readonly canonical: string;
  readonly canonicalHash: string;
}

/** The steps of the specification, from top to bottom. */
export function presign(
  request: SignableRequest,
  target: RequestTarget,
  scope: SigningScope,
  expiresIn: number,
): Presigned {
  const { credentialScope, rules } = scope;
  const regionSet = hasSigv4a ? own(scope, "regionSet") : undefined;
  const tokenParameter = scope.tokenParameter();
  // Another `X-Amz-Expires` before ours would be a second answer to one question.
  if (
    /(?:^|&)x-amz-(?:algorithm|credential|date|expires|region-set|security-token|sign\w+)=/i.test(target.canonicalQuery)
  ) {
    refuse(
      "INVALID_URL",
      words ? "url: must not hold parameters of a signature (X-Amz-Expires and such); remove them" : "url",
    );
  }

  // Step 1: create a canonical request, of which the signing parameters are part.
  const { payload = rules.presignedPayload } = request;
  const headers = canonicalHeaders({ host: target.host, ...readHeaders(request.headers) }, rules.signs);
  const { signedHeaders } = headers;
  const start =
    `X-Amz-Algorithm=${scope.algorithm}&X-Amz-Credential=${uriEncode(`${scope.accessKeyId}/${credentialScope}`)}` +
    `&X-Amz-Date=${scope.timestamp}`;
  const expires = `&X-Amz-Expires=${expiresIn}`;
  const names = `&X-Amz-SignedHeaders=${uriEncode(signedHeaders)}`;
  const regions = regionSet !== undefined ? `&X-Amz-Region-Set=${uriEncode(regionSet)}` : "";
  const sorted = start + expires + regions + (rules.sessionToken === "signed" ? tokenParameter : "") + names;
  const canonical = canonicalRequest(
    canonicalMethod(request.method),
    target.canonicalPath,
    target.canonicalQuery === "" ? sorted : sortPairs(`${target.canonicalQuery}&${sorted}`),
    headers,
    payloadHash(request.body, payload),
  );

  // Step 2: create a hash of the canonical request.
  const canonicalHash = sha256Hex(canonical);

  // Steps 3 to 5: create a string to sign, derive a signing key, calculate the signature.
  const signature = scope.sign(canonicalHash);

  // Step 6: add the signature to the request.
  const url = `${target.base}?${target.query && `${target.query}&`}${start}${names}${expires}${regions}${tokenParameter}&X-Amz-Signature=${signature}`;
  return { url, signature, signedHeaders, canonical, canonicalHash };
}
