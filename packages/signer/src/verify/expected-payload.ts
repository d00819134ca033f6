import { sha256Hex } from "#platform/sha256";
import { amzParameters } from "./amz-parameters.ts";
import type { SignatureClaim } from "./claim.ts";
import { onlyValue, type RequestParts } from "./received-request.ts";
import { VerifyError } from "./verify-error.ts";

/** How the signature covers the body. */
export type PayloadForm =
  | "hash"
  | "unsigned"
  | "streaming-events"
  | "streaming-signed"
  | "streaming-signed-trailer"
  | "streaming-unsigned-trailer";

/**
 * The words that stand for a hash.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
const forms: Readonly<Record<string, PayloadForm>> = Object.freeze({
  __proto__: null as never,
  "UNSIGNED-PAYLOAD": "unsigned",
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER": "streaming-unsigned-trailer",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": "streaming-signed",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": "streaming-signed-trailer",
  "STREAMING-AWS4-HMAC-SHA256-EVENTS": "streaming-events",
});

/** The last line of the expected canonical request. */
export interface ExpectedPayload {
  readonly form: PayloadForm;
  readonly hash: string;
  /** The header with a hash that must be compared once the signature has proven it. */
  readonly bodyHash?: string;
}

/** Decides what the last line must be. The service's rules decide, not the client. */
export function expectedPayload(
  parts: RequestParts,
  { form, scope }: SignatureClaim,
  unsignedPayload: "allow" | "refuse" | undefined,
): ExpectedPayload {
  const isStore = scope.service === "s3" || scope.service === "s3express";
  const [parameter, ...more] = amzParameters(parts.query).get("X-Amz-Content-Sha256") ?? [];
  if (more.length > 0) {
    throw new VerifyError("AuthorizationQueryParametersError", "X-Amz-Content-Sha256 must not be repeated.");
  }
  const announced =
    onlyValue(parts, "x-amz-content-sha256") ??
    (form === "query" && isStore ? (parameter ?? "UNSIGNED-PAYLOAD") : undefined);
  if (isStore && announced === undefined) {
    throw new VerifyError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
  }
  const word = forms[announced ?? ""];
  const mayBeUnsigned = unsignedPayload === "allow" || (unsignedPayload === undefined && isStore);
  const isUnsigned = word === "unsigned" || word === "streaming-unsigned-trailer";
  if (announced !== undefined && word !== undefined && (mayBeUnsigned || !isUnsigned)) {
    return { form: word, hash: announced };
  }
  if (parts.bodyFollows && announced !== undefined && /^[\da-f]{64}$/.test(announced)) {
    return { form: "hash", hash: announced };
  }
  const bodyHash = sha256Hex(parts.body ?? "");
  return isStore && announced !== undefined
    ? { form: "hash", hash: announced, bodyHash }
    : { form: "hash", hash: bodyHash };
}
