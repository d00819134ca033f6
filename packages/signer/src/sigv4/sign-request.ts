import { sha256Hex } from "#platform/sha256";
import { payloadHash } from "./payload-hash.ts";
import type { SignableRequest } from "./request.ts";
import { requestHead } from "./request-head.ts";
import { type ReadRequest, readRequest } from "./read-request.ts";
import { requestTarget } from "./request-target.ts";
import { type Signature, withSteps } from "./signature.ts";
import { type SigningContext, type SigningScope, signingScope } from "./signing-scope.ts";
import { stringToSign } from "./string-to-sign.ts";

/**
 * Signs a request with Signature Version 4 in its headers, as a pure function. The URL is signed as it is written, byte
 * for byte, and must be percent-encoded already; `createSigner` also brings it into the form that clients send.
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
  return signWithin(signingScope(context), readRequest(request));
}

/** The steps of the specification, from top to bottom. */
export function signWithin(scope: SigningScope, request: ReadRequest): Signature {
  const { algorithm, credentialScope, timestamp } = scope;

  // Step 1: create a canonical request.
  const target = requestTarget(request.url, scope.rules);
  const hash = payloadHash(request.body, request.payload);
  const head = requestHead(request, target, scope, hash);

  // Step 2: create a hash of the canonical request.
  const canonicalHash = sha256Hex(head.canonical + hash);

  // Steps 3 to 5: create a string to sign, derive a signing key, calculate the signature. The scope has the key, and
  // has hashed the string to sign except for its last line.
  const signature = scope.sign(canonicalHash);

  // Step 6: add the signature to the request.
  const { added, signedHeaders } = head;
  const headers = { ...added, authorization: head.authorization + signature };
  return withSteps({ headers, signature, signedHeaders, credentialScope }, () => ({
    canonicalRequest: head.canonical + hash,
    stringToSign: stringToSign(algorithm, timestamp, credentialScope, canonicalHash),
  }));
}
