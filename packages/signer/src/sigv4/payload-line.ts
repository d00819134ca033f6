import { checkBytes } from "#platform/check-parts";
import { words } from "#words";
import { refuse } from "../errors/refuse.ts";
import type { Body, PayloadMode } from "./request.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const placeholders: Readonly<Record<string, string>> = {
  __proto__: null as never,
  unsigned: "UNSIGNED-PAYLOAD",
  "streaming-events": "STREAMING-AWS4-HMAC-SHA256-EVENTS",
  "streaming-signed": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "streaming-signed-trailer": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  "streaming-unsigned-trailer": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
};

/**
 * The last line of the canonical request: the hash of the body, or the word that stands in its place.
 *
 * @throws SignerError `INVALID_BODY` for a body whose bytes are not at hand; it is never left unsigned silently.
 * `INVALID_OPTION` for an unknown payload mode.
 * @param hashOf hashes the body, now or later.
 */
export function payloadLine<Hash>(
  body: Body | undefined,
  payload: PayloadMode = "hash",
  hashOf: (data: string | Uint8Array) => Hash,
): string | Hash {
  if (payload === "hash") return hashOf(bodyBytes(body));
  if (typeof payload === "string" && placeholders[payload]) return placeholders[payload];
  const { sha256 } = Object(payload) as { readonly sha256?: unknown };
  if (typeof sha256 === "string" && /^[\da-f]{64}$/.test(sha256)) return sha256;
  return refuse(
    "INVALID_OPTION",
    words ? "payload: must be a mode, or { sha256 } in 64 lower-case hexadecimal digits" : "payload",
  );
}

/** A body as something that can be hashed. @throws SignerError `INVALID_BODY`. */
function bodyBytes(body: Body = ""): string | Uint8Array {
  if (typeof body === "string") return body;
  if (body === null) return "";
  // Compared by name, because frames and test runners have their own constructors.
  const kind = Object.prototype.toString.call(body).slice(8, -1);
  checkBytes(body, kind);
  if (kind === "Uint8Array") return body as Uint8Array;
  if (kind === "ArrayBuffer") return new Uint8Array(body as ArrayBuffer);
  return refuse(
    "INVALID_BODY",
    words ? `body: must be a string, Uint8Array, ArrayBuffer or null, not ${kind}` : `body: ${kind}`,
  );
}
