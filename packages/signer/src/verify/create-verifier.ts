import { createClock } from "../clock/create-clock.ts";
import { SignerError } from "../errors/error.ts";
import { checkScope, checkSignedHeaders } from "./check-scope.ts";
import { checkSignature } from "./check-signature.ts";
import { checkTime } from "./check-time.ts";
import { readClaim } from "./claim.ts";
import { equalInConstantTime } from "./equal-in-constant-time.ts";
import { expectedPayload } from "./expected-payload.ts";
import { readBody } from "./read-body.ts";
import { type ReceivedRequest, readRequest } from "./received-request.ts";
import type { VerifiedRequest, Verifier, VerifierOptions } from "./verifier.ts";
import { VerifyError } from "./verify-error.ts";

/**
 * Makes the receiving side of Signature Version 4: recomputes the signature from a request as it arrived and refuses
 * with AWS's own codes what does not match, is too old, is scoped elsewhere, or carries unsigned `x-amz-*` headers.
 *
 * @throws SignerError `INVALID_OPTION`, and `INVALID_ACCESS_KEY` when `resolve` answers no secret. Verification throws
 * VerifyError, see `VerifyErrorCode`. Every other error comes from `resolve` or `replay`.
 *
 * @example
 * const verify = createVerifier({ resolve: async (id) => keys.get(id), region: "eu-west-1", service: "sagemaker" });
 * const { principal } = await verify({ method: request.method, url: request.url, headers: request.rawHeaders, body });
 */
export function createVerifier<Principal = unknown>(options: VerifierOptions<Principal>): Verifier<Principal> {
  const { resolve, region, service, clock = createClock(), maxSkewMs = 300_000, unsignedPayload, replay } = options;
  if (typeof resolve !== "function") throw new SignerError("INVALID_OPTION", "resolve: expected a function");
  // Compared with no number, every date would do.
  if (!Number.isFinite(maxSkewMs) || maxSkewMs < 0) {
    throw new SignerError("INVALID_OPTION", "maxSkewMs: expected a number of milliseconds, not negative");
  }

  async function verify(request: ReceivedRequest): Promise<VerifiedRequest<Principal>> {
    const parts = readRequest(request);
    const claim = readClaim(parts);
    checkScope(claim, region, service);
    checkSignedHeaders(parts, claim);

    const known = await resolve(claim.accessKeyId);
    if (known === undefined || !equalInConstantTime(known.sessionToken ?? "", claim.sessionToken ?? "")) {
      throw new VerifyError("InvalidClientTokenId", "The security token included in the request is invalid.");
    }
    if (typeof known.secretAccessKey !== "string" || known.secretAccessKey === "") {
      // A key made from "undefined" anybody could make.
      throw new SignerError("INVALID_ACCESS_KEY", `resolve: answered no secret for ${claim.accessKeyId}`);
    }
    const now = clock.now();
    if (known.expiration !== undefined && !(now < known.expiration.getTime())) {
      throw new VerifyError("ExpiredToken", "The security token included in the request is expired");
    }
    const expiresAt = checkTime(claim, now, maxSkewMs);

    const payload = expectedPayload(parts, claim, unsignedPayload);
    checkSignature(parts, claim, known.secretAccessKey, payload.hash, options);
    if (payload.bodyHash !== undefined && payload.bodyHash !== payload.hash) {
      throw new VerifyError(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
    if (replay !== undefined && (await replay.seen(claim.signature, expiresAt))) {
      throw new VerifyError("RequestReplayed", "A request with this signature was accepted before.");
    }
    return {
      accessKeyId: claim.accessKeyId,
      principal: known.principal,
      region: claim.scope.region,
      service: claim.scope.service,
      host: parts.headers.get("host")?.join(",") ?? "",
      form: claim.form,
      date: claim.date,
      expiresAt: new Date(expiresAt),
      signedHeaders: claim.signedHeaders,
      signature: claim.signature,
      payload: payload.form,
      payloadHash: payload.hash,
      ...readBody(parts, claim, payload.form, known.secretAccessKey),
    };
  }

  return Object.assign(verify, { verify });
}
