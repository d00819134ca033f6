import { sha256Hex } from "#sha256";
import { canonicalHeaders, readHeaders } from "./canonical-headers.ts";
import { canonicalPath } from "./canonical-path.ts";
import { canonicalQuery } from "./canonical-query.ts";
import { canonicalMethod, canonicalRequest } from "./canonical-request.ts";
import { announcesPayload, payloadHash } from "./payload-hash.ts";
import type { SignableRequest } from "./request.ts";
import { requestTarget } from "./request-target.ts";
import { type Signature, withSteps } from "./signature.ts";
import { sign } from "./signing-key.ts";
import { type SigningContext, signingScope } from "./signing-scope.ts";
import { ALGORITHM, stringToSign } from "./string-to-sign.ts";

/**
 * Signs a request with Signature Version 4 in its headers: the steps of the specification from top to bottom, as a pure
 * function. The URL is signed as it is written, byte for byte; `createSigner` also brings it into the form that clients
 * send.
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
  const { credentials, rules } = scope;

  // Step 1: create a canonical request.
  const method = canonicalMethod(request.method);
  const target = requestTarget(request.url);
  const hash = payloadHash(request.body, request.payload);
  const given = readHeaders(request.headers);
  const added: Record<string, string> = { "x-amz-date": scope.timestamp };
  if (credentials.sessionToken) added["x-amz-security-token"] = credentials.sessionToken;
  if (announcesPayload(rules, given, hash)) added["x-amz-content-sha256"] = hash;
  const covered: Record<string, string> = { host: target.host, ...given, ...added };
  if (rules.sessionToken === "appended") delete covered["x-amz-security-token"];
  const headers = canonicalHeaders(covered, scope.signs);
  const canonical = canonicalRequest(
    method,
    canonicalPath(target.path, rules),
    canonicalQuery(target.query),
    headers,
    hash,
  );

  // Step 2: create a hash of the canonical request. Step 3: create a string to sign.
  const toSign = stringToSign(scope.timestamp, scope.credentialScope, sha256Hex(canonical));

  // Step 4: derive a signing key (done with the scope). Step 5: calculate the signature.
  const signature = sign(scope.key, toSign);

  // Step 6: add the signature to the request.
  const { signedHeaders } = headers;
  added["authorization"] = authorization(credentials.accessKeyId, scope.credentialScope, signedHeaders, signature);
  return withSteps(
    { headers: added, signature, signedHeaders, credentialScope: scope.credentialScope },
    { canonicalRequest: canonical, stringToSign: toSign },
  );
}

/** The Authorization header. `Signature=` stays last: event streams take their seed from there. */
export function authorization(accessKeyId: string, scope: string, signedHeaders: string, signature: string): string {
  return `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}
