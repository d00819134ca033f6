import { sha256Hex } from "#platform/sha256";
import { SignerError } from "../errors/error.ts";
import type { SignedRequest } from "../sigv4/request.ts";
import { type SignatureClaim, readClaim } from "../verify/claim.ts";
import { expectedRequest, pathReading } from "../verify/expected-request.ts";
import { onlyValue, readRequest, type RequestParts } from "../verify/received-request.ts";
import { findDoubt } from "./encoding-doubt.ts";
import { type Explanation, stepsBehind } from "./explanation.ts";
import type { Finding } from "./finding.ts";

/** A signed request and the strings it was signed over. */
export interface SignedSteps {
  readonly claim: SignatureClaim;
  readonly host: string;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  /** How the client may have signed otherwise; only where these strings were computed from the signed request alone. */
  readonly doubt: () => Finding | undefined;
}

/**
 * Reads what was signed: from an explanation as it was, from a signed request by the rules of its service.
 *
 * @throws SignerError `INVALID_OPTION` for a request that carries no signature.
 */
export function readSigned(signed: SignedRequest | Explanation): SignedSteps {
  const given = Object(signed) as SignedRequest | Explanation;
  const steps = stepsBehind(given);
  const request = steps?.signed ?? given;
  let claim: SignatureClaim;
  let parts: RequestParts;
  try {
    parts = readRequest(request);
    claim = readClaim(parts);
  } catch (cause) {
    throw new SignerError(
      "INVALID_OPTION",
      "signed: must be a request with a SigV4 signature, or an explanation of one",
      {
        cause,
      },
    );
  }
  const { day, region, service } = claim.scope;
  const canonicalRequest =
    steps?.canonicalRequest ??
    expectedRequest(parts, claim, payloadHash(parts, claim), pathReading(service), new Set(["X-Amz-Signature"]));
  return {
    claim,
    host: parts.headers.get("host")?.[0] ?? "",
    canonicalRequest,
    doubt: () => (steps === undefined || steps.computed === true ? findDoubt(parts, service) : undefined),
    stringToSign:
      steps?.stringToSign ??
      `AWS4-HMAC-SHA256\n${claim.timestamp}\n${day}/${region}/${service}/aws4_request\n${sha256Hex(canonicalRequest)}`,
  };
}

/** What a signer puts for the body: what it announces, or else the hash. */
function payloadHash(parts: RequestParts, { form, scope }: SignatureClaim): string {
  const announced = onlyValue(parts, "x-amz-content-sha256");
  if (announced !== undefined) return announced;
  return form === "query" && scope.service === "s3" ? "UNSIGNED-PAYLOAD" : sha256Hex(parts.body ?? "");
}
