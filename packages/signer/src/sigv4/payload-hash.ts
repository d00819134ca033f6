import { sha256Hex } from "#platform/sha256";
import { payloadLine } from "./payload-line.ts";
import type { Body, PayloadMode } from "./request.ts";

/**
 * The last line of the canonical request, in hexadecimal at once: see `payloadLine`.
 *
 * @throws SignerError `INVALID_BODY`, `INVALID_OPTION`.
 */
export function payloadHash(body: Body | undefined, payload?: PayloadMode): string;
/** The same with another function to hash the body. */
export function payloadHash<Hash>(
  body: Body | undefined,
  payload: PayloadMode | undefined,
  hashOf: (data: string | Uint8Array) => Hash,
): string | Hash;
export function payloadHash(
  body: Body | undefined,
  payload?: PayloadMode,
  hashOf: (data: string | Uint8Array) => unknown = sha256Hex,
): unknown {
  return payloadLine(body, payload, hashOf);
}
