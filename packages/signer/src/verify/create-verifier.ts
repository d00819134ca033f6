import { sha256Hex } from "#sha256";
import type { Clock } from "../clock.ts";
import { createClock } from "../create-clock.ts";
import { readChunkedBody } from "./chunked-body.ts";
import { type Claim, readClaim } from "./claim.ts";
import { equalInConstantTime } from "./equal-in-constant-time.ts";
import { expectedRequest, type PathReading, pathReading } from "./expected-request.ts";
import { expectedSignature, scopeKey } from "./expected-signature.ts";
import { expectedPayload, type PayloadForm } from "./expected-payload.ts";
import { onlyValue, type ReceivedRequest, readRequest, type RequestParts } from "./received-request.ts";
import { createSignatureChain, type SignatureChain } from "./signature-chain.ts";
import { VerifyError } from "./verify-error.ts";

/** What is known of an access key. */
export interface KnownKey<Principal = unknown> {
  readonly secretAccessKey: string;
  /** Of temporary credentials: the request must carry the very same. */
  readonly sessionToken?: string | undefined;
  /** From here on the key is refused with `ExpiredToken`. */
  readonly expiration?: Date | undefined;
  /** Handed back with the verified request. */
  readonly principal?: Principal | undefined;
}

/** Settings of `createVerifier`. */
export interface VerifierOptions<Principal = unknown> extends Partial<PathReading> {
  /** Looks an access key up; `undefined` for one that is unknown. What it throws passes through. */
  readonly resolve: (accessKeyId: string) => Promise<KnownKey<Principal> | undefined>;
  /** Regions a request may be scoped to. Default: any. */
  readonly region?: string | readonly string[] | undefined;
  /** Services a request may be scoped to. Default: any. */
  readonly service?: string | readonly string[] | undefined;
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** How far the signer's clock may be off, in milliseconds, both ways. Default: 300,000. */
  readonly maxSkewMs?: number | undefined;
  /** Whether bodies may stay unsigned. Default: only for Amazon S3, as with AWS. */
  readonly unsignedPayload?: "allow" | "refuse" | undefined;
  /**
   * Remembers signatures until `expiresAt` (milliseconds since the epoch) and tells those it has seen: a request is then
   * accepted once.
   */
  readonly replay?: { readonly seen: (signature: string, expiresAt: number) => boolean | Promise<boolean> } | undefined;
}

/** A request that is what its signature says. */
export interface VerifiedRequest<Principal = unknown> {
  readonly accessKeyId: string;
  readonly principal: Principal | undefined;
  /** Of the credential scope. */
  readonly region: string;
  readonly service: string;
  /** The host it was signed for. */
  readonly host: string;
  readonly form: "header" | "query";
  readonly date: Date;
  /** When the signature ceases to be accepted. */
  readonly expiresAt: Date;
  /** Lower-case names of the headers that are covered: only these may be believed. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** Whether and how the body is covered. */
  readonly payload: PayloadForm;
  /** The body; of an `aws-chunked` one what it carried. `undefined` when it was not given. */
  readonly body: Uint8Array | undefined;
  /** Of an `aws-chunked` body that has some. */
  readonly trailers?: Readonly<Record<string, string>>;
  /** With `streaming-signed*` and `streaming-events`: verifies the parts of a body that was not given. */
  readonly chain?: SignatureChain;
}

/** Verifies requests. `verify` is the function itself. */
export interface Verifier<Principal = unknown> {
  (request: ReceivedRequest): Promise<VerifiedRequest<Principal>>;
  verify(request: ReceivedRequest): Promise<VerifiedRequest<Principal>>;
}

/**
 * Makes the receiving side of Signature Version 4: recomputes the signature from a request as it arrived and refuses
 * with AWS's own codes what does not match, is too old, is scoped elsewhere, or carries unsigned `x-amz-*` headers.
 *
 * @throws VerifyError from the verification; see `VerifyErrorCode`. Every other error comes from `resolve` or `replay`.
 *
 * @example
 * const verify = createVerifier({ resolve: async (id) => keys.get(id), region: "eu-west-1", service: "sagemaker" });
 * const { principal } = await verify({ method: request.method, url: request.url, headers: request.rawHeaders, body });
 */
export function createVerifier<Principal = unknown>(options: VerifierOptions<Principal>): Verifier<Principal> {
  const { resolve, region, service, clock = createClock(), maxSkewMs = 300_000, unsignedPayload, replay } = options;

  async function verify(request: ReceivedRequest): Promise<VerifiedRequest<Principal>> {
    const parts = readRequest(request);
    const claim = readClaim(parts);
    checkScope(claim, region, service);
    checkSignedHeaders(parts, claim);

    const known = await resolve(claim.accessKeyId);
    if (known === undefined || !equalInConstantTime(known.sessionToken ?? "", claim.sessionToken ?? "")) {
      throw new VerifyError("InvalidClientTokenId", "The security token included in the request is invalid.");
    }
    const now = clock.now();
    if (known.expiration !== undefined && known.expiration.getTime() <= now) {
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
      ...readBody(parts, claim, payload.form, known.secretAccessKey),
    };
  }

  return Object.assign(verify, { verify });
}

function checkScope(claim: Claim, region: VerifierOptions["region"], service: VerifierOptions["service"]): void {
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

function checkSignedHeaders(parts: RequestParts, { signedHeaders, form }: Claim): void {
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

/** Returns when the signature ceases to be accepted. */
function checkTime(claim: Claim, now: number, maxSkewMs: number): number {
  const signedAt = claim.date.getTime();
  if (claim.expiresIn === undefined) {
    if (Math.abs(now - signedAt) > maxSkewMs) {
      throw new VerifyError("RequestTimeTooSkewed", skewMessage(claim, now, maxSkewMs));
    }
    return signedAt + maxSkewMs;
  }
  const expiresAt = signedAt + claim.expiresIn * 1000;
  if (now > expiresAt) {
    if (claim.scope.service === "s3") throw new VerifyError("AccessDenied", "Request has expired");
    throw new VerifyError("SignatureDoesNotMatch", skewMessage(claim, now, claim.expiresIn * 1000));
  }
  if (signedAt - now > maxSkewMs) throw new VerifyError("RequestTimeTooSkewed", skewMessage(claim, now, maxSkewMs));
  return expiresAt;
}

function skewMessage({ timestamp, date }: Claim, now: number, allowedMs: number): string {
  const basic = (time: number): string => new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const minutes = Math.round(allowedMs / 60_000);
  return date.getTime() < now
    ? `Signature expired: ${timestamp} is now earlier than ${basic(now - allowedMs)} (${basic(now)} - ${minutes} min.)`
    : `Signature not yet current: ${timestamp} is still later than ${basic(now + allowedMs)} (${basic(now)} + ${minutes} min.)`;
}

function checkSignature(
  parts: RequestParts,
  claim: Claim,
  secretAccessKey: string,
  payloadHash: string,
  options: Partial<PathReading>,
): void {
  const { day, region, service } = claim.scope;
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = scopeKey(secretAccessKey, scope);
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
  if (equalInConstantTime(expectedSignature(key, expected.stringToSign), claim.signature)) return;
  if (claim.form === "query" && claim.sessionToken !== undefined) {
    // Some services take the token as a parameter added after signing; it was compared above.
    const appended = steps("X-Amz-Signature", "X-Amz-Security-Token");
    if (equalInConstantTime(expectedSignature(key, appended.stringToSign), claim.signature)) return;
  }
  throw new VerifyError(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. " +
      "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    expected,
  );
}

function readBody(
  parts: RequestParts,
  claim: Claim,
  form: PayloadForm,
  secretAccessKey: string,
): Pick<VerifiedRequest, "body" | "trailers" | "chain"> {
  if (!form.startsWith("streaming")) return { body: parts.body };
  const chain = form === "streaming-unsigned-trailer" ? undefined : createSignatureChain(secretAccessKey, claim);
  if (parts.body === undefined || form === "streaming-events") return { body: undefined, ...(chain && { chain }) };

  const names = form.endsWith("trailer")
    ? (onlyValue(parts, "x-amz-trailer") ?? "").toLowerCase().split(/\s*,\s*/)
    : undefined;
  const read = readChunkedBody(
    parts.body,
    chain,
    names?.filter((name) => name !== ""),
  );
  if (onlyValue(parts, "x-amz-decoded-content-length") !== String(read.body.length)) {
    throw new VerifyError(
      "IncompleteBody",
      "The body does not have the length that x-amz-decoded-content-length announces.",
    );
  }
  return { body: read.body, ...(names && { trailers: read.trailers }) };
}
