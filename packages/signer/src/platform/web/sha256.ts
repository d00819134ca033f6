import { bytesOf, digest } from "../../crypto/sha256-digest.ts";

/** A payload hash or the hash of a canonical request, in the form that is the shortest way to a signature here. */
export type Hash = string | Uint8Array;

/** SHA-256 of the UTF-8 bytes of a string, or of bytes: its 32 bytes. */
export { digest as sha256 } from "../../crypto/sha256-digest.ts";

const pairs = Array.from({ length: 256 }, (_, byte) => (256 + byte).toString(16).slice(1));

/** Bytes, four or more times four, as lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let hex = "";
  // Four at a time make a flat string. A longer concatenation is a tree, which is slow to read.
  for (let i = 0; i < bytes.length; i += 4) {
    hex += pairs[bytes[i]!]! + pairs[bytes[i + 1]!]! + pairs[bytes[i + 2]!]! + pairs[bytes[i + 3]!]!;
  }
  return hex;
}

/** SHA-256 in lower-case hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return toHex(digest(data));
}

/**
 * SHA-256 of a body. A body that is large enough goes to the runtime's own implementation, where the call costs less
 * than the hash.
 */
export function sha256Later(data: string | Uint8Array): Hash | Promise<Hash> {
  if (data.length < 32_768 || !globalThis.crypto?.subtle) return digest(data);
  const bytes = typeof data === "string" ? bytesOf(data) : data;
  return crypto.subtle.digest("SHA-256", bytes as BufferSource).then((result) => new Uint8Array(result));
}
