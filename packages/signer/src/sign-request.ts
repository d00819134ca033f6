import { sha256Hex } from "#sha256";
import { authorizationUpTo } from "./authorization.ts";
import { canonicalHeaders, readHeaders } from "./canonical-headers.ts";
import { canonicalMethod, canonicalRequest } from "./canonical-request.ts";
import { canonicalTarget, type CanonicalTarget } from "./canonical-target.ts";
import { announcesPayload, payloadHash } from "./payload-hash.ts";
import type { SignableRequest } from "./request.ts";
import { type Signature, type SigningSteps, withSteps } from "./signature.ts";
import { type SigningContext, type SigningScope, signingScope } from "./signing-scope.ts";
import { stringToSign } from "./string-to-sign.ts";

/**
 * Signs a request with Signature Version 4 in its headers, as a pure function. The URL is signed as it is written, byte
 * for byte; `createSigner` also brings it into the form that clients send.
 *
 * @throws SignerError when the request or the context cannot be signed.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @example
 * const signature = signRequest(
 *   { method: "POST", url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations", body: "{}" },
 *   { credentials, region: "eu-west-1", service: "sagemaker", date: new Date() },
 * );
 */
export function signRequest(request: SignableRequest, context: SigningContext): Signature {
  const scope = signingScope(context);
  return signatureFrom(authorize(request, canonicalTarget(request.url, scope.rules), scope), scope);
}

/** The result as users see it. */
export function signatureFrom({ added, signature, signedHeaders, steps }: Authorized, scope: SigningScope): Signature {
  return withSteps({ headers: added, signature, signedHeaders, credentialScope: scope.credentialScope }, steps);
}

/** A request with its signature, before the two are put together. */
export interface Authorized {
  readonly method: string;
  readonly given: Readonly<Record<string, string>>;
  readonly added: Readonly<Record<string, string>>;
  readonly signature: string;
  readonly signedHeaders: string;
  readonly steps: SigningSteps;
}

/** The steps of the specification, from top to bottom. */
export function authorize(request: SignableRequest, target: CanonicalTarget, scope: SigningScope): Authorized {
  const { sessionToken, credentialScope, rules, timestamp } = scope;

  // Step 1: create a canonical request.
  const method = canonicalMethod(request.method);
  const given = readHeaders(request.headers);
  const hash = payloadHash(request.body, request.payload);
  const added: Record<string, string> = { "x-amz-date": timestamp };
  if (scope.regionSet !== undefined) added["x-amz-region-set"] = scope.regionSet;
  if (sessionToken) added["x-amz-security-token"] = sessionToken;
  if (announcesPayload(rules, given, hash)) added["x-amz-content-sha256"] = hash;
  const covered: Record<string, string> = { host: target.host, ...given, ...added };
  if (rules.sessionToken === "appended") delete covered["x-amz-security-token"];
  const headers = canonicalHeaders(covered, scope.signs);
  const canonical = canonicalRequest(method, target, headers, hash);

  // Step 2: create a hash of the canonical request.
  const canonicalHash = sha256Hex(canonical);

  // Step 3: create a string to sign. Step 4: derive a signing key. Both are done with the scope, but for the hash.
  // Step 5: calculate the signature.
  const signature = scope.sign(canonicalHash);

  // Step 6: add the signature to the request.
  const { signedHeaders } = headers;
  added["authorization"] = authorizationUpTo(scope, signedHeaders) + signature;
  return {
    method,
    given,
    added,
    signature,
    signedHeaders,
    steps: {
      canonicalRequest: canonical,
      get stringToSign() {
        return stringToSign(scope.algorithm, timestamp, credentialScope, canonicalHash);
      },
    },
  };
}
