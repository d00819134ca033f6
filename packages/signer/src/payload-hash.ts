import { sha256Hex } from "#sha256";
import { SignerError } from "./error.ts";
import type { Body, PayloadMode } from "./request.ts";
import type { ServiceRules } from "./service-rules.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const announced: Readonly<Record<string, string | undefined>> = Object.freeze({
  __proto__: null as never,
  unsigned: "UNSIGNED-PAYLOAD",
  "streaming-events": "STREAMING-AWS4-HMAC-SHA256-EVENTS",
  "streaming-signed": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "streaming-signed-trailer": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  "streaming-unsigned-trailer": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
});

const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/**
 * The last line of the canonical request: the hash of the body, or the word that stands in its place.
 *
 * @throws SignerError `INVALID_BODY` for a body whose bytes are not at hand; it is never left unsigned silently.
 * `INVALID_OPTION` for an unknown payload mode.
 */
export function payloadHash(body: Body | undefined, payload: PayloadMode = "hash"): string {
  if (payload === "hash") {
    const bytes = bodyBytes(body);
    return bytes.length === 0 ? emptyHash : sha256Hex(bytes);
  }
  if (typeof payload === "string") return announced[payload] ?? invalid();
  return /^[\da-f]{64}$/.test(payload?.sha256) ? payload.sha256 : invalid();
}

/**
 * Whether the payload hash is also sent, in `x-amz-content-sha256`: where the service needs it, where the caller wants
 * it, and where it is a word that the service could not know otherwise.
 */
export function announcesPayload(
  rules: Pick<ServiceRules, "payloadHeader">,
  headers: Readonly<Record<string, string>>,
  hash: string,
): boolean {
  return rules.payloadHeader === "always" || hash.length !== 64 || headers["x-amz-content-sha256"] !== undefined;
}

/** A body as something that can be hashed. */
export function bodyBytes(body: Body | undefined): string | Uint8Array {
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  if (body === undefined || body === null) return "";
  // By name, because frames and test runners bring their own constructors.
  const kind = Object.prototype.toString.call(body).slice(8, -1);
  if (kind === "Uint8Array") return body as unknown as Uint8Array;
  if (kind === "ArrayBuffer") return new Uint8Array(body);
  throw new SignerError(
    "INVALID_BODY",
    `body: expected a string, Uint8Array, ArrayBuffer or null, got ${kind}; turn it into bytes, or name its payload mode`,
  );
}

function invalid(): never {
  throw new SignerError(
    "INVALID_OPTION",
    `payload: expected hash, { sha256: <64 lower-case hexadecimal digits> }, ${Object.keys(announced).join(", ")}`,
  );
}
