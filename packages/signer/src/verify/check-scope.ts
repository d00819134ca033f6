import type { SignatureClaim } from "./claim.ts";
import type { RequestParts } from "./received-request.ts";
import type { VerifierOptions } from "./verifier.ts";
import { VerifyError } from "./verify-error.ts";

/** Refuses a signature for another region, service or day. */
export function checkScope(
  claim: SignatureClaim,
  region: VerifierOptions["region"],
  service: VerifierOptions["service"],
): void {
  const refuse = (message: string): never => {
    throw new VerifyError("SignatureDoesNotMatch", message);
  };
  const allows = (allowed: string | readonly string[] | undefined, given: string): boolean =>
    allowed === undefined || (typeof allowed === "string" ? allowed === given : allowed.includes(given));
  if (!allows(region, claim.scope.region)) {
    refuse(`Credential should be scoped to a valid region, not '${claim.scope.region}'.`);
  }
  if (!allows(service, claim.scope.service)) {
    refuse(`Credential should be scoped to correct service: '${[service].flat().join("' or '")}'.`);
  }
  if (!claim.timestamp.startsWith(claim.scope.day) || claim.scope.day.length !== 8) {
    refuse(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ` +
        `'${claim.scope.day}' != '${claim.timestamp.slice(0, 8)}', from '${claim.timestamp}'.`,
    );
  }
}

/**
 * Refuses a list of signed headers that is not sorted lower-case names, and a signature that does not cover what AWS
 * requires: the host, and every `x-amz-*` header.
 */
export function checkSignedHeaders(parts: RequestParts, { signedHeaders, form }: SignatureClaim): void {
  // The canonical request has the names in this form. Accepting others would give one signature many spellings.
  if (!signedHeaders.every((name, i) => name === name.toLowerCase() && name > (signedHeaders[i - 1] ?? ""))) {
    throw new VerifyError("SignatureDoesNotMatch", "SignedHeaders must be lower-case names, sorted, each once.");
  }
  if (!signedHeaders.includes("host")) {
    throw new VerifyError("SignatureDoesNotMatch", "'Host' must be a 'SignedHeader' in the AWS Authorization.");
  }
  for (const name of parts.headers.keys()) {
    if (!name.startsWith("x-amz-") || signedHeaders.includes(name)) continue;
    // Some services take the token unsigned; it is compared with the one that belongs to the key.
    if (name === "x-amz-security-token" && form === "header") continue;
    throw new VerifyError("AccessDenied", `There were headers present in the request which were not signed: ${name}`);
  }
}

/**
 * Refuses a request without one of its signed headers. To be called once the signature matches: in the canonical request
 * an absent header looks like an empty one.
 */
export function checkPresence(parts: RequestParts, { signedHeaders }: SignatureClaim): void {
  const missing = signedHeaders.find((name) => !parts.headers.has(name));
  if (missing !== undefined) {
    throw new VerifyError("SignatureDoesNotMatch", `The signed header '${missing}' is missing from the request.`);
  }
}
