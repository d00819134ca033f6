import { createClock } from "../clock/create-clock.ts";
import {
  checkOptions,
  clockShape,
  contract,
  oneOf,
  optional,
  callable,
  shape,
  type Shapes,
} from "../errors/check-options.ts";
import { SignerError } from "../errors/error.ts";
import { own } from "../errors/own.ts";
import { refuseOption } from "../errors/refuse.ts";
import { checkPresence, checkScope, checkSignedHeaders } from "./check-scope.ts";
import { checkSignature } from "./check-signature.ts";
import { checkTime } from "./check-time.ts";
import { readClaim } from "./claim.ts";
import { equalInConstantTime } from "./equal-in-constant-time.ts";
import { expectedPayload } from "./expected-payload.ts";
import { readBody } from "./read-body.ts";
import { type ReceivedRequest, readRequest } from "./received-request.ts";
import type { VerifiedRequest, Verifier, VerifierOptions } from "./verifier.ts";
import { createScopeKeys } from "./scope-keys.ts";
import { VerifyError } from "./verify-error.ts";

const names = optional(
  shape("a name, or a list of names", (value) =>
    (Array.isArray(value) ? value : [value]).every((one) => typeof one === "string"),
  ),
);

const optionShapes: Shapes<VerifierOptions> = {
  resolve: callable,
  region: names,
  service: names,
  clock: optional(clockShape),
  maxSkewMs: optional(
    shape("a number of milliseconds, not negative", (ms) => Number.isFinite(ms) && (ms as number) >= 0),
  ),
  unsignedPayload: optional(oneOf("allow", "refuse")),
  replay: optional(contract("an object with a method seen", "seen")),
  pathEncoding: optional(oneOf("double", "single")),
  pathNormalization: optional(oneOf("rfc3986", "none")),
};

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
  const checked = checkOptions<VerifierOptions<Principal>>(options, optionShapes, refuseOption);
  const { resolve, region, service, clock = createClock(), maxSkewMs = 300_000, unsignedPayload, replay } = checked;
  const keys = createScopeKeys();

  async function verify(request: ReceivedRequest): Promise<VerifiedRequest<Principal>> {
    const parts = readRequest(request);
    const claim = readClaim(parts);
    checkScope(claim, region, service);
    checkSignedHeaders(parts, claim);

    const known = (await resolve(claim.accessKeyId)) ?? undefined;
    const knownToken = known && own(known, "sessionToken");
    if (known === undefined || !equalInConstantTime(knownToken ?? "", claim.sessionToken ?? "")) {
      throw new VerifyError("InvalidClientTokenId", "The security token included in the request is invalid.");
    }
    if (typeof known.secretAccessKey !== "string" || known.secretAccessKey === "") {
      // Without this check the key would be made from the text "undefined", which everybody knows.
      throw new SignerError("INVALID_ACCESS_KEY", `resolve: answered no secret for ${claim.accessKeyId}`);
    }
    const now = clock.now();
    const expiration = own(known, "expiration");
    if (expiration !== undefined && typeof expiration?.getTime !== "function") {
      throw new SignerError("INVALID_DATE", `resolve: expiration of ${claim.accessKeyId} must be a Date`);
    }
    if (expiration !== undefined && !(now < expiration.getTime())) {
      throw new VerifyError("ExpiredToken", "The security token included in the request is expired");
    }
    const expiresAt = checkTime(claim, now, maxSkewMs);

    const payload = expectedPayload(parts, claim, unsignedPayload);
    checkSignature(parts, claim, known.secretAccessKey, payload.hash, checked, keys);
    checkPresence(parts, claim);
    const bodyHash = own(payload, "bodyHash");
    if (bodyHash !== undefined && bodyHash !== payload.hash) {
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
      principal: own(known, "principal"),
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
