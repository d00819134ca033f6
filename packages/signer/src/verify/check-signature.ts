import { sha256Hex } from "#platform/sha256";
import type { SignatureClaim } from "./claim.ts";
import { equalInConstantTime } from "./equal-in-constant-time.ts";
import { expectedRequest, type PathReading, pathReading } from "./expected-request.ts";
import { expectedSignature } from "./expected-signature.ts";
import type { RequestParts } from "./received-request.ts";
import type { ScopeKeys } from "./scope-keys.ts";
import { VerifyError } from "./verify-error.ts";

/** Computes the signature that the request should have, and refuses it when it has another. */
export function checkSignature(
  parts: RequestParts,
  claim: SignatureClaim,
  secretAccessKey: string,
  payloadHash: string,
  options: Partial<PathReading>,
  keys: ScopeKeys,
): void {
  const { day, region, service } = claim.scope;
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = keys.of(claim.accessKeyId, secretAccessKey, scope);
  const isSigned = (stringToSign: string): boolean => {
    const isRight = equalInConstantTime(expectedSignature(key, stringToSign), claim.signature);
    if (isRight) keys.keep(claim.accessKeyId, secretAccessKey, scope, key);
    return isRight;
  };
  const steps = (...unsigned: string[]): { canonicalRequest: string; stringToSign: string } => {
    const canonicalRequest = expectedRequest(
      parts,
      claim,
      payloadHash,
      pathReading(service, options),
      new Set(unsigned),
    );
    const stringToSign = `AWS4-HMAC-SHA256\n${claim.timestamp}\n${scope}\n${sha256Hex(canonicalRequest)}`;
    return { canonicalRequest, stringToSign };
  };

  const expected = steps("X-Amz-Signature");
  if (isSigned(expected.stringToSign)) return;
  if (claim.form === "query" && claim.sessionToken !== undefined) {
    // Some services take the token as a parameter added after signing; it was compared above.
    const appended = steps("X-Amz-Signature", "X-Amz-Security-Token");
    if (isSigned(appended.stringToSign)) return;
  }
  throw new VerifyError(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. " +
      "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    expected,
  );
}
